package dash

import (
	"stitcher/internal/manifest/dash/addressing"
)

func (t *Template) rep(at place) *representation {
	return &t.periods[at.period].sets[at.set].reps[at.rep]
}

// Sample is an initialization section and a media segment of full length near the
// live edge at a time in Unix microseconds, for profiling the content. A Resource
// without URI says that there is none.
func (t *Template) Sample(track int, now int64) (init, media addressing.Resource) {
	var found *representation
	newest := -1
	for _, at := range t.places[track] {
		p := &t.periods[at.period]
		r := t.rep(at)
		if at.period > newest && !p.early && r.feeds() && (!t.dynamic || p.From() < now) {
			found, newest = r, at.period
		}
	}
	if found == nil {
		return addressing.Resource{}, addressing.Resource{}
	}
	a := found.address
	if a == nil {
		return addressing.Resource{}, addressing.Resource{URI: found.urls.Base}
	}
	init = a.Init(&found.urls)
	if a.File() {
		return init, addressing.Resource{URI: found.urls.Base}
	}
	total := a.Available(now)
	if total == 0 {
		return init, addressing.Resource{}
	}
	// The last segment may be shorter, or a moment too new for a CDN's edge.
	return init, a.Segment(&found.urls, max(total-2, 0))
}
