package dash

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/quantity"
)

const (
	// joint is the gap between two segments that is none: P3's tolerance.
	joint = 1_000_000 / 15
	// sliver is how near a mark has to be to a segment's boundary to be on it, in
	// microseconds, and how much of a segment a Period may leave out: a little more
	// than an AAC frame at 44.1 kHz, less than a picture at 30 Hz. A segment that
	// straddles a break by no more stands in one of the two Periods, because
	// mpd-parser adds up the durations that an MPD lists: with it in both, video.js
	// takes its sound to be a segment later than its picture, and never starts where
	// the two begin in different Periods.
	sliver = 25_000
	// piece is how long the slices of a file are whose segments the MPD does not
	// list, in microseconds.
	piece = 2_000_000
)

// slicer makes the slices of a view.
type slicer struct {
	v     *View
	edge  int64
	marks []cue.Mark
	path  []byte
	// piece is how long the slices of files are.
	piece int64
}

// all makes the slices of all Periods, the newest mostSegments.
func (s *slicer) all() {
	periods := s.v.periods
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
		case p.file():
			s.pieces(p, s.v.at(p), s.v.until(p))
		case i >= oldest:
			s.period(p, max(-left, 0))
			left = 0 // only the oldest is cut
		}
	}
}

// extent says which segments of a Period can be listed: from begin on, before total. It
// is false where there are none.
func (s *slicer) extent(p *period) (begin, total int64, ok bool) {
	if p.early || p.reference == nil {
		return 0, 0, false
	}
	a := p.reference.address
	if a == nil || a.kind == single || len(a.runs) == 0 {
		return 0, 0, false
	}
	last := &a.runs[len(a.runs)-1]
	total = s.v.available(p, a, s.edge)
	if s.edge == never {
		total = last.index + last.n
	}
	if a.open {
		return s.begin(p, a, total), total, true
	}
	return max(last.index+last.n-mostSegments, 0), total, true
}

// period makes the slices of a Period but for its first skip segments.
func (s *slicer) period(p *period, skip int64) {
	t := s.v.Template
	begin, total, ok := s.extent(p)
	if !ok {
		return
	}
	begin += skip
	from, until := t.at(p), t.until(p)
	a := p.reference.address
	url := pathOf(resolve(p.reference.base, a.media))
	i, k := 0, int64(0)
	for i < len(a.runs) && a.runs[i].index+a.runs[i].n <= begin {
		i++
	}
	if i < len(a.runs) {
		k = max(begin-a.runs[i].index, 0)
	}
	for ; i < len(a.runs); i, k = i+1, 0 {
		r := &a.runs[i]
		start := t.time(p, a, r.index+k)
		if k == 0 {
			start = t.origin + quantity.Micros(p.start, r.t-a.offset, a.scale)
		}
		for ; k < r.n && r.index+k < total; k++ {
			at := r.t + k*r.d
			end := t.origin + quantity.Micros(p.start, at+r.d-a.offset, a.scale)
			s.v.TargetDuration = max(s.v.TargetDuration, end-start)
			if start < until && end > from {
				s.segment(max(start, from), min(end, until), s.identity(p.reference, url, r.index+k, at))
			}
			start = end
		}
	}
}

// begin is the first segment in the time shift buffer.
func (s *slicer) begin(p *period, a *address, total int64) int64 {
	begin := max(total-mostSegments, 0)
	if s.v.depth < 0 {
		return begin
	}
	r := &a.runs[len(a.runs)-1]
	low := quantity.Ticks(s.edge-s.v.depth-s.v.origin, p.start, a.scale) + a.offset
	if low <= r.t {
		return begin // all of it, and maybe segments before
	}
	return max(begin, r.index+(low-r.t)/r.d)
}

// identity is a hash of the path of a segment's URL.
func (s *slicer) identity(r *representation, url string, n, at int64) uint64 {
	if r.address.kind == list {
		if int(n) >= len(r.address.urls) {
			return 0
		}
		u := &r.address.urls[n]
		return xxhash.Sum64String(pathOf(resolve(r.base, u.media))) ^ uint64(u.at.Offset)
	}
	s.path = r.fill(s.path[:0], url, r.address.number+n, at)
	return xxhash.Sum64(s.path)
}

// pathOf is the path of a URL: hosts change by failover, queries by tokens.
func pathOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			url = rest[i:]
		}
	}
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	return url
}

// pieces makes slices of a file.
func (s *slicer) pieces(p *period, from, until int64) {
	identity := xxhash.Sum64String(pathOf(p.reference.base))
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
	for len(s.marks) > 0 && s.marks[0].At < until-sliver {
		m := &s.marks[0]
		if n := len(s.v.Segments); m.At < from-sliver && n == 0 {
			s.marks = s.marks[1:] // it has left the window
			continue
		}
		if m.At > from+sliver {
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
