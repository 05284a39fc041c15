package dash

import (
	"stitcher/internal/manifest/dash/quantity"
)

func (t *Template) rep(at place) *representation {
	return &t.periods[at.period].sets[at.set].reps[at.rep]
}

// Sample is an initialization section and a media segment of full length near the
// live edge at a time in Unix microseconds, for profiling the content. A Resource
// without URI says that there is none.
func (t *Template) Sample(track int, now int64) (init, media Resource) {
	var found *representation
	newest := -1
	for _, at := range t.places[track] {
		p := &t.periods[at.period]
		r := t.rep(at)
		if at.period > newest && !p.early && r.feeds() && (!t.dynamic || t.at(p) < now) {
			found, newest = r, at.period
		}
	}
	if found == nil {
		return Resource{}, Resource{}
	}
	a := found.address
	if a == nil {
		return Resource{}, Resource{URI: found.base}
	}
	switch {
	case a.init != "":
		init.URI = found.url(a.init, 0, 0)
	case a.initRange.URI == ".":
		init = Resource{URI: found.base, Offset: a.initRange.Offset, Length: a.initRange.Length}
	case a.initRange.URI != "":
		init = a.initRange
		init.URI = resolve(found.base, init.URI)
	}
	if a.kind == single {
		return init, Resource{URI: found.base}
	}
	p := &t.periods[newest]
	total := t.available(p, a, now)
	if total == 0 {
		return init, Resource{}
	}
	// The last segment may be shorter, or a moment too new for a CDN's edge.
	n := max(total-2, 0)
	for i := range a.runs {
		if r := &a.runs[i]; n < r.index+r.n {
			return init, found.segment(n, r.t+(n-r.index)*r.d)
		}
	}
	return init, Resource{}
}

// available is how many segments there are at a time.
func (t *Template) available(p *period, a *address, now int64) int64 {
	last := len(a.runs) - 1
	if last < 0 {
		return 0
	}
	r := &a.runs[last]
	if !a.open {
		return r.index + r.n
	}
	end := now
	if until := t.until(p); until < end {
		// The last segment of a Period may reach past its end.
		end = until + quantity.Micros(0, r.d-1, a.scale)
	}
	n := (quantity.Ticks(end-t.origin, p.start, a.scale) + a.offset - r.t) / r.d
	// The time is rounded to a tick, which may be a second long.
	if n > 0 && t.time(p, a, r.index+n) > end {
		n--
	} else if n >= 0 && n < r.n && t.time(p, a, r.index+n+1) <= end {
		n++
	}
	return r.index + min(max(n, 0), r.n)
}

// segment is where segment n of the timeline lies, which begins at a media time.
func (r *representation) segment(n, at int64) Resource {
	a := r.address
	if a.kind == list && int(n) < len(a.urls) {
		u := a.urls[n]
		out := u.at
		out.URI = resolve(r.base, u.media)
		return out
	}
	return Resource{URI: r.url(a.media, a.number+n, at)}
}
