package dash

import (
	"fmt"
	"slices"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

// View is what an MPD says at a time. It is immutable.
type View struct {
	*Template
	// Timeline has the segments of the reference Representation as slices: a
	// segment is cut again wherever a Period or an avail begins or ends.
	manifest.Timeline
	// edge is the time to which content is known, in Unix microseconds.
	edge     int64
	progress int64
}

// fix makes the view of an MPD that lists all its segments.
func (t *Template) fix() error {
	moves := false
	var total int64
	for i := range t.Periods {
		p := &t.Periods[i]
		for k := range p.Sets {
			for j := range p.Sets[k].Reps {
				a := p.Sets[k].Reps[j].Address
				moves = moves || a.Open()
			}
		}
		if p.File() {
			t.files += p.Until() - p.From()
		}
		if r := p.Reference; r != nil && !r.Address.Open() {
			total += r.Address.Count()
		}
	}
	if total > mostSegments && !t.Dynamic() {
		return fmt.Errorf("timeline has more than %d segments", mostSegments)
	}
	if !moves {
		t.fixed = t.view(quantity.Never)
	}
	return nil
}

// At is the view at a time in Unix microseconds. Where the MPD lists its segments it
// is always the same; with @duration or an open S it depends on Edge(now) alone, and
// the newest is kept.
func (t *Template) At(now int64) *View {
	if t.fixed != nil {
		return t.fixed
	}
	edge := t.Edge(now)
	if v := t.newest.Load(); v != nil && v.edge == edge {
		return v
	}
	v := t.view(edge)
	t.newest.Store(v)
	return v
}

// KnownTo is the time to which the content of the view is known, in Unix microseconds.
func (v *View) KnownTo() int64 { return v.edge }

// Until is the view whose KnownTo is an edge.
func (t *Template) Until(edge int64) *View {
	if t.fixed != nil {
		return t.fixed
	}
	return t.view(edge)
}

// Edge is the time at which the newest segment ends that is available at a time;
// both in Unix microseconds. Where it is the same, At gives
// the same view.
func (t *Template) Edge(now int64) int64 {
	if t.fixed != nil {
		return t.fixed.Next()
	}
	edge := t.Origin
	for i := range t.Periods {
		p := &t.Periods[i]
		if p.Early || p.Reference == nil {
			continue
		}
		a := p.Reference.Address
		at := now + a.Ahead(p.Reference.Early)
		if p.From() > at {
			continue
		}
		edge = max(edge, p.From())
		if n := a.Available(at); n > 0 {
			edge = max(edge, min(a.Time(n), p.Until()))
		}
	}
	return edge
}

func (t *Template) view(edge int64) *View {
	v := &View{Template: t, edge: edge}
	v.Timed, v.Dated, v.Ended = true, true, !t.Dynamic()
	v.Version = t.Published()
	v.LiveDelay = t.LiveDelay()
	s := slicer{v: v, edge: edge, marks: t.Marks}
	s.all()
	if len(v.Segments) > 0 {
		v.Sequence = v.Segments[0].Time
		s.head()
	}
	if edge == quantity.Never {
		v.edge = v.Next()
	}
	v.progress = max(v.edge, v.Next()) - v.lag()/1000
	return v
}

// Progress is a time that grows whenever sound or picture is listed further, in Unix
// microseconds: the edge, less a thousandth of how far the other Representations are
// behind on average.
func (v *View) Progress() int64 { return v.progress }

// lag is how far the Representations of the newest Period with content are behind the
// edge on average, in microseconds.
func (v *View) lag() (sum int64) {
	for i := range slices.Backward(v.Periods) {
		p := &v.Periods[i]
		if p.Early || p.Reference == nil || p.From() >= v.edge {
			continue
		}
		n := int64(0)
		v.listed(p, func(end int64) {
			sum += max(0, v.edge-end)
			n++
		})
		return sum / max(1, n)
	}
	return 0
}

// listed calls do with the time to which each Representation with sound or picture of a
// Period lists segments.
func (v *View) listed(p *presentation.Period, do func(end int64)) {
	for k := range p.Sets {
		s := &p.Sets[k]
		if s.Kind != "video" && s.Kind != "audio" {
			continue
		}
		for j := range s.Reps {
			if a := s.Reps[j].Address; !a.Open() && a.Count() > 0 {
				do(a.Time(a.Count()))
			}
		}
	}
}

// head says of an avail whose beginning has left the window that it goes on.
func (s *slicer) head() {
	first := &s.v.Segments[0]
	var begun []manifest.Signal
	for i := range slices.Backward(s.v.Avails) {
		o := &s.v.Avails[i]
		if o.At >= first.Time-addressing.Sliver || o.End <= first.Time+addressing.Sliver {
			continue
		}
		signal := o.Signal
		signal.Kind, signal.Elapsed = manifest.Cont, first.Time-o.At
		begun = append(begun, signal)
	}
	if len(begun) > 0 {
		first.Signals = append(begun, first.Signals...)
	}
}

// Covers is whether the content that the MPD lists reaches a time, in Unix microseconds,
// in all sets of sound and picture of the Period before it. A Period of ads that begins
// there would otherwise follow content that is listed later (P8).
func (v *View) Covers(at int64) bool {
	for i := range v.Periods {
		p := &v.Periods[i]
		if p.Early || p.Reference == nil || p.From() >= at || p.Until() < at {
			continue
		}
		covers := true
		v.listed(p, func(end int64) { covers = covers && end >= at-joint })
		if !covers {
			return false
		}
	}
	return true
}
