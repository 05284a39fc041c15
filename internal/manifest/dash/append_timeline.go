package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/quantity"
)

// segments is how many segments of an address the part lists.
func (w *writer) segments(a *address) int64 {
	if a == nil || a.kind == single {
		return 1
	}
	if len(a.runs) == 0 {
		return 0
	}
	if a.open && a.runs[len(a.runs)-1].n == countless {
		if w.part.from >= w.v.edge && !w.part.head {
			return 0
		}
	}
	i, k, j, l := w.listed(a)
	return max(count(a.runs, j, l)-count(a.runs, i, k), 0)
}

// listed is the first segment that the part lists, and the first after those.
func (w *writer) listed(a *address) (i int, k int64, j int, l int64) {
	x := &w.part
	if !x.head {
		i, k = first(a.runs, w.media(a, x.from)+slivers(a.scale))
	}
	if x.limit == never || x.tail && (x.limit == x.to || a.open && x.limit >= w.v.edge) {
		// What goes on as time does is not cut where all of it is shown.
		return i, k, len(a.runs), 0
	}
	j, l = past(a.runs, w.media(a, x.limit)-slivers(a.scale))
	return i, k, j, l
}

// slivers is sliver in ticks.
func slivers(scale int64) int64 { return max(quantity.Slack(scale), scale*sliver/1_000_000) }

// media is the media time at a time of the stream.
func (w *writer) media(a *address, at int64) int64 {
	return quantity.Ticks(at-w.t.origin, w.part.start, a.scale) + a.offset
}

// timeline writes the entries of a SegmentTimeline that the part lists.
func (w *writer) timeline(o *op) {
	a := o.address
	i, k, j, l := w.listed(a)
	if len(a.runs) == 0 || i == 0 && k == 0 && j == len(a.runs) {
		w.copy(o.span)
		return
	}
	w.copy(span{o.from, a.runs[0].from})
	written := false
	between := func(n int) {
		if written && n > 0 {
			w.copy(span{a.runs[n-1].to, a.runs[n].from})
		}
		written = true
	}
	if i < j && (k > 0 || i > 0 && a.runs[i].at.empty()) {
		r := &a.runs[i]
		between(i)
		w.entry(r, k, r.n)
		i, k = i+1, 0
	}
	if i < j {
		between(i)
		w.copy(span{a.runs[i].from, a.runs[j-1].to})
		i = j
	}
	if i == j && l > k {
		between(j)
		w.entry(&a.runs[j], k, l)
	}
	w.copy(span{a.runs[len(a.runs)-1].to, o.to})
}

// entry writes an S for a part of the segments of a run.
func (w *writer) entry(r *run, from, to int64) {
	w.copy(span{r.from, r.name})
	if r.at.empty() {
		w.text(` t="`)
		w.dst = strconv.AppendInt(w.dst, r.t+from*r.d, 10)
		w.dst = append(w.dst, '"')
	}
	repeat := to - from - 1
	if to == countless {
		repeat = -1
	}
	if r.repeat.empty() && repeat != 0 {
		w.text(` r="`)
		w.dst = strconv.AppendInt(w.dst, repeat, 10)
		w.dst = append(w.dst, '"')
	}
	done := r.name
	for done < r.to {
		// The attribute that comes next.
		s, n := span{r.to, r.to}, int64(0)
		for _, x := range [...]struct {
			span
			n int64
		}{{r.at, r.t + from*r.d}, {r.repeat, repeat}, {r.numbered, r.number + from}} {
			if !x.empty() && x.from >= done && x.from < s.from {
				s, n = x.span, x.n
			}
		}
		w.copy(span{done, s.from})
		if !s.empty() {
			w.flush()
			w.dst = strconv.AppendInt(w.dst, n, 10)
		}
		done = s.to
	}
}

// urls writes the SegmentURLs that the part lists.
func (w *writer) urls(o *op) {
	a := o.address
	i, k, j, l := w.listed(a)
	from, to := int(count(a.runs, i, k)), int(count(a.runs, j, l))
	to = min(to, len(a.urls))
	if from >= to {
		return
	}
	w.copy(span{a.urls[from].from, a.urls[to-1].to})
}
