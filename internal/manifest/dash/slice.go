package dash

import (
	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

const (
	// mostSegments bounds the segments of the reference that are listed, in all Periods.
	// A dynamic MPD with more has the newest on its timeline.
	mostSegments = 50_000
	// joint is how far two segments may be apart and still follow each other: P3's
	// tolerance, in microseconds.
	joint = 1_000_000 / 15
	// piece is how long the slices of a file are whose segments the MPD does not
	// list, in microseconds.
	piece = 2_000_000
)

// slicer makes the slices of a view.
type slicer struct {
	v     *View
	edge  int64
	marks []cue.Mark
	// piece is how long the slices of files are.
	piece int64
}

// all makes the slices of all Periods, the newest mostSegments.
func (s *slicer) all() {
	periods := s.v.Periods
	left, oldest := int64(mostSegments), len(periods)
	for ; oldest > 0 && left > 0; oldest-- {
		if begin, total, ok := s.extent(&periods[oldest-1]); ok {
			left -= max(total-begin, 0)
		}
	}
	s.piece = max(piece, s.v.files/mostSegments)
	for i := range periods {
		p := &periods[i]
		switch {
		case p.File():
			s.pieces(p, p.From(), p.Until())
		case i >= oldest:
			s.period(p, max(-left, 0))
			left = 0 // only the oldest is cut
		}
	}
}

// extent says which segments of a Period can be listed: from begin on, before total. ok
// is false if the Period has none.
func (s *slicer) extent(p *presentation.Period) (begin, total int64, ok bool) {
	if p.Early || p.Reference == nil {
		return 0, 0, false
	}
	a := p.Reference.Address
	if !a.Lists() {
		return 0, 0, false
	}
	total = a.Count()
	if s.edge != quantity.Never {
		total = a.Available(s.edge)
	}
	if a.Open() {
		return s.begin(a, total), total, true
	}
	return max(a.Count()-mostSegments, 0), total, true
}

// begin is the first segment in the time shift buffer.
func (s *slicer) begin(a *addressing.Address, total int64) int64 {
	begin := max(total-mostSegments, 0)
	if s.v.Depth < 0 {
		return begin
	}
	return max(begin, a.From(s.edge-s.v.Depth))
}

// period makes the slices of a Period but for its first skip segments.
func (s *slicer) period(p *presentation.Period, skip int64) {
	begin, total, ok := s.extent(p)
	if !ok {
		return
	}
	from, until := p.From(), p.Until()
	paths := p.Reference.Address.Paths(&p.Reference.URLs)
	p.Reference.Address.Each(begin+skip, total, func(n, media, start, end int64) {
		s.v.TargetDuration = max(s.v.TargetDuration, end-start)
		if start < until && end > from {
			s.segment(max(start, from), min(end, until), paths.Hash(n, media))
		}
	})
}

// pieces makes slices of a file.
func (s *slicer) pieces(p *presentation.Period, from, until int64) {
	identity := addressing.Hash(p.Reference.URLs.Base)
	for at := from; at < until; at += s.piece {
		end := at + s.piece
		if until-end < s.piece/2 {
			end = until
		}
		s.v.TargetDuration = max(s.v.TargetDuration, end-at)
		s.segment(at, end, identity)
		if end == until {
			return
		}
	}
}

// segment adds the slices of a segment.
func (s *slicer) segment(from, until int64, identity uint64) {
	if n := len(s.v.Segments); n > 0 {
		last := &s.v.Segments[n-1]
		end := last.Time + last.Duration
		switch gap := from - end; {
		case gap < 0:
			from = end
		case gap > 0 && gap <= joint:
			last.Duration += gap
		}
	}
	if until <= from {
		return
	}
	var signals []manifest.Signal
	for len(s.marks) > 0 && s.marks[0].At < until-addressing.Sliver {
		m := &s.marks[0]
		if n := len(s.v.Segments); m.At < from-addressing.Sliver && n == 0 {
			s.marks = s.marks[1:] // it has left the window
			continue
		}
		if m.At > from+addressing.Sliver {
			s.slice(from, m.At, identity, signals)
			from, signals = m.At, nil
		}
		if m.Unread != "" {
			s.v.Unread = append(s.v.Unread, manifest.UnreadMarker{Segment: len(s.v.Segments), Line: m.Unread})
		} else {
			signals = append(signals, m.Signal)
		}
		s.marks = s.marks[1:]
	}
	s.slice(from, until, identity, signals)
}

func (s *slicer) slice(from, until int64, identity uint64, signals []manifest.Signal) {
	s.v.Segments = append(s.v.Segments, manifest.Segment{Time: from, Duration: until - from, Identity: identity, Signals: signals})
}
