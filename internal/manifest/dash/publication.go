package dash

import (
	"slices"

	"stitcher/internal/manifest/dash/pin"
	"stitcher/internal/manifest/dash/presentation"
)

// Starts are availabilityStartTime, in Unix microseconds, and where the Periods begin
// that have an id. Neither may change once it was published (P2).
func (t *Template) Starts() (origin int64, list []pin.Start) {
	for i := range t.Periods {
		if p := &t.Periods[i]; !p.Early && p.ID != "" {
			list = append(list, pin.Start{ID: p.ID, At: p.From(), Zero: p.Zero()})
		}
	}
	return t.Origin, list
}

// Offsets are the presentationTimeOffsets of the Period with an id.
func (t *Template) Offsets(id string) (list []pin.Offset) {
	for i := range t.Periods {
		p := &t.Periods[i]
		if p.ID != id || p.Early {
			continue
		}
		for k := range p.Sets {
			for j := range p.Sets[k].Reps {
				if a := p.Sets[k].Reps[j].Address; a != nil {
					list = append(list, pin.Offset{Scale: a.Scale(), Ticks: a.Offset()})
				}
			}
		}
	}
	return list
}

// mostKept bounds how many Periods are kept that the origin has dropped.
const mostKept = 64

// publication is what a state of an MPD is published as.
type publication struct {
	stream any
	edge   int64
	as     *Template
}

// PublishedAs is what the template is published as on a stream while it is known up to an
// edge; nil where Publish was not told. It is found once for all viewers.
func (t *Template) PublishedAs(stream any, edge int64) *Template {
	if p := t.publication.Load(); p != nil && p.stream == stream && p.edge == edge {
		return p.as
	}
	return nil
}

// Publish says what the template is published as.
func (t *Template) Publish(stream any, edge int64, as *Template) {
	t.publication.Store(&publication{stream, edge, as})
}

// Dropped are the ids of those Periods that end after a time and of which next, a later
// state of the MPD, has neither themselves nor any before them.
func (t *Template) Dropped(next []pin.Start, after int64) (ids []string) {
	if len(next) == 0 {
		return nil
	}
	for i := range t.Periods {
		p := &t.Periods[i]
		if p.Early || p.ID == "" {
			continue
		}
		if p.ID == next[0].Name() || p.From() >= next[0].At || len(ids) == mostKept {
			break
		}
		end := min(t.reach(p), next[0].At)
		if i+1 < len(t.Periods) && !t.Periods[i+1].Early {
			end = min(end, t.Periods[i+1].From())
		}
		if end > after && !slices.ContainsFunc(next, func(s pin.Start) bool { return s.Name() == p.ID }) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// Continues is whether next, a later state of the MPD, begins with a Period of this one.
func (t *Template) Continues(next []pin.Start) bool {
	return len(next) == 0 || slices.ContainsFunc(t.Periods, func(p presentation.Period) bool { return p.ID == next[0].Name() })
}

// reach is where a Period ends, or, as long as it is open, how far it was listed.
func (t *Template) reach(p *presentation.Period) int64 {
	if p.End >= 0 {
		return p.Until()
	}
	v := t.fixed
	if v == nil {
		v = t.newest.Load()
	}
	if v == nil {
		return p.From()
	}
	return v.edge
}

// Keep are the Periods with some ids, to be kept in a later state of the MPD; none where t
// is nil.
func (t *Template) Keep(ids []string) []pin.Kept {
	if t == nil {
		return nil
	}
	return pin.Keep(t.Presentation, ids)
}
