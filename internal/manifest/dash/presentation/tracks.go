package presentation

import (
	"stitcher/internal/manifest/dash/addressing"
)

// place is where a track stands in a Period.
type place struct{ period, set, rep int }

func (t *Presentation) rep(at place) *Representation {
	return &t.Periods[at.period].Sets[at.set].Reps[at.rep]
}

// Sample is an initialization section and a media segment of full length near the
// live edge at a time in Unix microseconds, for profiling the content. The
// Resources have no URI if the track has no such segment.
func (t *Presentation) Sample(track int, now int64) (init, media addressing.Resource) {
	var found *Representation
	newest := -1
	for _, at := range t.places[track] {
		p := &t.Periods[at.period]
		r := t.rep(at)
		if at.period > newest && !p.Early && r.feeds() && (!t.dynamic || p.From() < now) {
			found, newest = r, at.period
		}
	}
	if found == nil {
		return addressing.Resource{}, addressing.Resource{}
	}
	a := found.Address
	if a == nil {
		return addressing.Resource{}, addressing.Resource{URI: found.URLs.Base}
	}
	init = a.Init(&found.URLs)
	if a.File() {
		return init, addressing.Resource{URI: found.URLs.Base}
	}
	total := a.Available(now)
	if total == 0 {
		return init, addressing.Resource{}
	}
	// The last segment may be shorter, or a moment too new for a CDN's edge.
	return init, a.Segment(&found.URLs, max(total-2, 0))
}

// listTracks collects the Representations of all Periods by their ids.
func (t *Presentation) listTracks() {
	index := map[string]int{}
	leading := 0
	for i := range t.Periods {
		if t.Periods[i].Reference != nil {
			leading = i
			break
		}
	}
	add := func(i int) {
		p := &t.Periods[i]
		for k := range p.Sets {
			s := &p.Sets[k]
			for j := range s.Reps {
				r := &s.Reps[j]
				n, ok := index[r.Track.ID]
				if !ok {
					n = len(t.tracks)
					index[r.Track.ID] = n
					t.tracks = append(t.tracks, r.Track)
					t.places = append(t.places, nil)
				}
				t.places[n] = append(t.places[n], place{i, k, j})
			}
		}
	}
	add(leading)
	for i := range t.Periods {
		if i != leading {
			add(i)
		}
	}
}
