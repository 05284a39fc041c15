package dash

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/quantity"
)

// View is what an MPD says at a time. It is immutable.
type View struct {
	*Template
	// Timeline has the segments of the reference Representation as slices: a
	// segment is cut again wherever a Period or an avail begins or ends.
	manifest.Timeline
	// edge is the time to which content is known, in Unix microseconds.
	edge int64
}

const (
	// joint is the gap between two segments that is none: P3's tolerance.
	joint = 1_000_000 / 15
	// snap is how near a mark has to be to a segment's boundary to be on it: half
	// a frame at 25 Hz. Without it a rounded event time would list a segment in
	// two Periods for a fraction of a frame.
	snap = 20_000
	// piece is how long the slices of a file are whose segments the MPD does not
	// list, in microseconds.
	piece = 2_000_000
)

// fix makes the view of an MPD that lists all its segments.
func (t *Template) fix() error {
	t.scan()
	moves := false
	var total int64
	for i := range t.periods {
		p := &t.periods[i]
		for k := range p.sets {
			for j := range p.sets[k].reps {
				a := p.sets[k].reps[j].address
				moves = moves || a != nil && a.open
			}
		}
		if r := p.reference; r != nil && r.address != nil && !r.address.open && len(r.address.runs) > 0 {
			last := &r.address.runs[len(r.address.runs)-1]
			total += last.index + last.n
		}
	}
	if total > mostSegments && !t.dynamic {
		return errSegments
	}
	if !moves {
		t.fixed = t.view(never)
	}
	return nil
}

// scan reads the events of all Periods.
func (t *Template) scan() {
	var periods []cue.Period
	var index []int
	for i := range t.periods {
		if p := &t.periods[i]; !p.early {
			periods = append(periods, cue.Period{ID: p.id, From: t.at(p), Until: t.until(p), Cues: p.cues})
			index = append(index, i)
		}
	}
	found := cue.Scan(periods, cue.Options{SinglePeriod: t.single, Dynamic: t.dynamic})
	t.marks, t.avails = found.Marks, found.Avails
	for _, i := range found.Periods {
		t.periods[index[i]].avail = true
	}
}

// At is the view at a time in Unix microseconds. Where the MPD lists its segments it
// is always the same; with @duration or an open S it depends on Edge(now) alone.
func (t *Template) At(now int64) *View {
	if t.fixed != nil {
		return t.fixed
	}
	return t.view(t.Edge(now))
}

// Edge is the time at which the newest segment ends that is available at a time;
// both in Unix microseconds. Where it is the same, At gives an equal view.
func (t *Template) Edge(now int64) int64 {
	if t.fixed != nil {
		return t.fixed.Next()
	}
	edge := t.origin
	for i := range t.periods {
		p := &t.periods[i]
		if p.early || p.reference == nil || t.at(p) > now {
			continue
		}
		edge = max(edge, t.at(p))
		if a := p.reference.address; a != nil && len(a.runs) > 0 {
			if n := t.available(p, a, now); n > 0 {
				edge = max(edge, min(t.time(p, a, n), t.until(p)))
			}
		}
	}
	return edge
}

// time is when segment n of an address begins; that of the one after the last is
// when the last ends.
func (t *Template) time(p *period, a *address, n int64) int64 {
	i := len(a.runs) - 1
	for i > 0 && a.runs[i].index >= n {
		i--
	}
	r := &a.runs[i]
	return t.origin + quantity.Micros(p.start, r.t+(n-r.index)*r.d-a.offset, a.scale)
}

func (t *Template) view(edge int64) *View {
	v := &View{Template: t, edge: edge}
	v.Timed, v.Dated, v.Ended = true, true, !t.dynamic
	v.LiveDelay = max(t.delay, t.buffer, 0)
	s := slicer{v: v, edge: edge, marks: t.marks}
	for i := range t.periods {
		if p := &t.periods[i]; !p.early && p.reference != nil {
			s.period(p)
		}
	}
	if len(v.Segments) > 0 {
		v.Sequence = v.Segments[0].Time
		s.head()
	}
	if edge == never {
		v.edge = v.Next()
	}
	return v
}

// slicer makes the slices of a view.
type slicer struct {
	v     *View
	edge  int64
	marks []cue.Mark
	path  []byte
}

func (s *slicer) period(p *period) {
	t := s.v.Template
	from, until := t.at(p), t.until(p)
	a := p.reference.address
	if a == nil || a.kind == single {
		if until != never {
			s.pieces(p, from, until)
		}
		return
	}
	url := pathOf(resolve(p.reference.base, a.media))
	total := t.available(p, a, s.edge)
	if s.edge == never {
		total = countless
	}
	begin := int64(0)
	switch last := len(a.runs) - 1; {
	case a.open:
		begin = s.begin(p, a, total)
	case last >= 0:
		begin = max(a.runs[last].index+a.runs[last].n-mostSegments, 0)
	}
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
	length := max(piece, (until-from)/mostSegments)
	for at := from; at < until; at += length {
		end := at + length
		if until-end < length/2 {
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
	for len(s.marks) > 0 && s.marks[0].At < until-snap {
		m := &s.marks[0]
		if n := len(s.v.Segments); m.At < from-snap && n == 0 {
			s.marks = s.marks[1:] // it has left the window
			continue
		}
		if m.At > from+snap {
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

// head says of an avail whose beginning has left the window that it goes on.
func (s *slicer) head() {
	first := &s.v.Segments[0]
	for i := range s.v.avails {
		o := &s.v.avails[i]
		if o.At >= first.Time-snap || o.End <= first.Time+snap {
			continue
		}
		signal := o.Signal
		signal.Kind, signal.Elapsed = manifest.Cont, first.Time-o.At
		first.Signals = append([]manifest.Signal{signal}, first.Signals...)
	}
}
