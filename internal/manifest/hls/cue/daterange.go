package cue

import (
	"slices"
	"sort"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
)

// maxDateRanges bounds the EXT-X-DATERANGE tags that are read as markers.
const maxDateRanges = 4096

// alike is how far the dates of markers and of segments may lie apart and
// still be of one clock: a packager that dates its ranges by another clock is
// read by position instead.
const alike = 24 * 3600 * 1_000_000

// dateRange is what the EXT-X-DATERANGE tags of one ID say of an avail
// (RFC 8216bis §4.4.5.1.1).
type dateRange struct {
	id string
	// outAt and inAt are the segments that the tags with SCTE35-OUT and
	// SCTE35-IN stand before, -1 without.
	outAt, inAt int
	cue, inCue  string
	// planned and duration are PLANNED-DURATION and DURATION; 0 is unknown.
	planned, duration int64
	start             int64
	end               int64
	inStart           int64 // START-DATE of the tag with SCTE35-IN
	hasStart          bool
	hasEnd            bool
	hasInStart        bool
}

// DateRange reads an EXT-X-DATERANGE, of which list is the attributes. Tags of one ID
// add to one another.
func (m *Reader) DateRange(line, list []byte) {
	m.line = syntax.Trim(line)
	tag := dateRange{outAt: -1, inAt: -1}
	var start int64
	hasStart := false
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch string(a.Name) {
		case "ID":
			tag.id = string(a.Value)
		case "START-DATE":
			start, hasStart = syntax.ParseDate(a.Value)
		case "END-DATE":
			tag.end, tag.hasEnd = syntax.ParseDate(a.Value)
		case "DURATION":
			tag.duration, _ = syntax.ParseSeconds(a.Value)
		case "PLANNED-DURATION":
			tag.planned, _ = syntax.ParseSeconds(a.Value)
		case "SCTE35-OUT":
			// Some packagers mark programs and chapters this way too.
			c, ok := manifest.ReadCue(string(a.Value))
			if _, opens := manifest.Opening(&c); !ok || opens || manifest.Silent(&c) {
				tag.outAt, tag.cue = m.index, string(a.Value)
			}
		case "SCTE35-IN":
			tag.inAt, tag.inCue = m.index, string(a.Value)
		case "SCTE35-CMD":
			c, ok := manifest.ReadCue(string(a.Value))
			if _, opens := manifest.Opening(&c); ok && opens {
				tag.outAt, tag.cue = m.index, string(a.Value)
			} else if _, closes := manifest.Closing(&c); ok && closes {
				tag.inAt, tag.inCue = m.index, string(a.Value)
			} else if !ok {
				m.unreadable()
			}
		}
	}
	if tag.inAt >= 0 {
		tag.inStart, tag.hasInStart = start, hasStart
	}
	if tag.outAt >= 0 || tag.inAt < 0 {
		tag.start, tag.hasStart = start, hasStart
	}
	m.merge(tag)
}

func (m *Reader) merge(tag dateRange) {
	n, known := m.ranking[tag.id]
	if !known {
		if tag.outAt < 0 && tag.inAt < 0 || len(m.ranges) == maxDateRanges {
			return
		}
		if m.ranking == nil {
			m.ranking = make(map[string]int)
		}
		m.ranking[tag.id] = len(m.ranges)
		m.ranges = append(m.ranges, tag)
		return
	}
	r := &m.ranges[n]
	if r.outAt < 0 {
		r.outAt, r.cue = tag.outAt, tag.cue
	}
	if r.inAt < 0 {
		r.inAt, r.inCue, r.inStart, r.hasInStart = tag.inAt, tag.inCue, tag.inStart, tag.hasInStart
	}
	if !r.hasStart {
		r.start, r.hasStart = tag.start, tag.hasStart
	}
	if tag.hasEnd {
		r.end, r.hasEnd = tag.end, true
	}
	if tag.duration > 0 {
		r.duration = tag.duration
	}
	if r.planned == 0 {
		r.planned = tag.planned
	}
}

// Finish gives every segment its signals.
func (m *Reader) Finish(t *manifest.Timeline) {
	var signals []placed
	for i := range m.ranges {
		r := &m.ranges[i]
		opened := manifest.Signal{Kind: manifest.Out, Duration: r.length(), Elapsed: -1, EventID: r.id}
		opened.Describe(r.cue, nil)
		if at, ok := r.in(t); ok {
			signals = append(signals, placed{at, r.closed(&opened)})
		}
		if at, ok := r.out(t); ok {
			signals = append(signals, placed{at, opened})
		}
	}
	if len(signals) > 0 {
		// Where one avail ends as the next begins, the end comes first.
		slices.SortStableFunc(signals, func(a, b placed) int { return int(b.Kind) - int(a.Kind) })
		m.placed = append(signals, m.placed...)
		slices.SortStableFunc(m.placed, func(a, b placed) int { return a.segment - b.segment })
	}
	all := make([]manifest.Signal, len(m.placed))
	for i := range m.placed {
		all[i] = m.placed[i].Signal
	}
	for _, u := range m.unread {
		if u.Segment < len(t.Segments) {
			t.Unread = append(t.Unread, u)
		}
	}
	for from := 0; from < len(m.placed); {
		at, to := m.placed[from].segment, from
		for to < len(m.placed) && m.placed[to].segment == at {
			to++
		}
		if at < len(t.Segments) {
			t.Segments[at].Signals = all[from:to:to]
		}
		from = to
	}
}

// closed is the end of what the range opened; where that is not known, of what
// the section of its own end says.
func (r *dateRange) closed(opened *manifest.Signal) manifest.Signal {
	s := manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: r.id}
	if opened.Kind == manifest.Overlay {
		s.Kind = manifest.OverlayEnd
	}
	if opened.Type != 0 {
		s.Type = opened.Type + 1
	}
	s.Conclude(r.inCue)
	return s
}

// length is the announced duration of the avail.
func (r *dateRange) length() int64 {
	if r.hasStart && r.hasEnd && r.end > r.start && r.end-r.start <= syntax.MaxSeconds*1e6 {
		return r.end - r.start
	}
	if r.duration > 0 {
		return r.duration
	}
	return r.planned
}

// out is the segment at which the avail opens: the one that begins nearest to
// START-DATE, since many packagers list all date ranges at the head of the
// playlist; by position where there are no dates that could be compared. It
// answers false where that segment has left, or has yet to come.
func (r *dateRange) out(t *manifest.Timeline) (int, bool) {
	if r.outAt < 0 {
		return 0, false
	}
	if r.hasStart && sameClock(t, r.start) {
		return boundary(t, r.start)
	}
	return r.outAt, r.outAt < len(t.Segments)
}

// in is the segment at which content returns: END-DATE, or with SCTE35-IN the
// end of DURATION, or the tag's own START-DATE where that is not the avail's.
func (r *dateRange) in(t *manifest.Timeline) (int, bool) {
	at := r.end
	ok := r.hasEnd
	if !ok && r.inAt >= 0 {
		switch {
		case r.hasStart && r.duration > 0 && (!r.hasInStart || r.inStart == r.start):
			at, ok = r.start+r.duration, true
		case r.hasInStart && (!r.hasStart || r.inStart != r.start):
			at, ok = r.inStart, true
		}
	}
	if ok && sameClock(t, at) {
		return boundary(t, at)
	}
	return r.inAt, r.inAt >= 0 && r.inAt < len(t.Segments)
}

// sameClock says whether a date is of the clock of the segments.
func sameClock(t *manifest.Timeline, at int64) bool {
	return t.Dated && len(t.Segments) > 0 && at > t.Segments[0].Time-alike && at < t.Edge()+alike
}

// boundary is the segment that begins nearest to a date, within half a
// segment; false where none that is listed does.
func boundary(t *manifest.Timeline, at int64) (int, bool) {
	n := len(t.Segments)
	i := sort.Search(n, func(i int) bool { return t.Segments[i].Time > at })
	// i-1 begins at or before the date, i after it.
	if i == 0 {
		return 0, t.Segments[0].Time-at <= t.Segments[0].Duration/2
	}
	before := t.Segments[i-1]
	if at-before.Time <= before.Duration/2 {
		return i - 1, true
	}
	if i < n && t.Segments[i].Time-at <= before.Duration/2 {
		return i, true
	}
	// Dates may leap at a discontinuity, so that nothing is near.
	return 0, false
}
