package addressing

import (
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Part is some of the segments of an Address: a row without a gap.
type Part struct {
	*Address
	// i and k are the run of the first segment and its place in it, j and l those of
	// the one after the last.
	i int
	k int64
	j int
	l int64
}

// All is the part that has all segments.
func (a *Address) All() Part { return Part{Address: a, j: len(a.runs)} }

// slivers is Sliver in ticks.
func slivers(scale int64) int64 { return max(quantity.Slack(scale), scale*Sliver/1_000_000) }

// Begin leaves out the segments that end before a time.
func (p *Part) Begin(at int64) { p.i, p.k = first(p.runs, p.Media(at)+slivers(p.scale)) }

// End leaves out the segments that begin at a time or later.
func (p *Part) End(at int64) { p.j, p.l = past(p.runs, p.Media(at)-slivers(p.scale)) }

// First is the index of the first segment, After of the one after the last.
func (p *Part) First() int64 { return count(p.runs, p.i, p.k) }

// After is the index of the segment after the last.
func (p *Part) After() int64 { return count(p.runs, p.j, p.l) }

// Delta is how long after a time the first segment begins, in ticks; false where there is
// none.
func (p *Part) Delta(at int64) (ticks int64, ok bool) {
	if p.i >= len(p.runs) {
		return 0, false
	}
	return p.runs[p.i].t + p.k*p.runs[p.i].d - p.Media(at), true
}

// Pen writes a text: stretches of the body of an MPD, and text and numbers between them.
type Pen struct {
	Copy   func(markup.Span)
	Text   func(string)
	Number func(int64)
}

// Write writes the entries of the part's segments, where within is what stands within the
// SegmentTimeline.
func (p *Part) Write(w *Pen, within markup.Span) {
	a, i, k, j, l := p.Address, p.i, p.k, p.j, p.l
	if len(a.runs) == 0 || i == 0 && k == 0 && j == len(a.runs) {
		w.Copy(within)
		return
	}
	w.Copy(markup.Span{From: within.From, To: a.runs[0].From})
	written := false
	between := func(n int) {
		if written && n > 0 {
			w.Copy(markup.Span{From: a.runs[n-1].To, To: a.runs[n].From})
		}
		written = true
	}
	if i < j && (k > 0 || i > 0 && a.runs[i].at.Empty()) {
		r := &a.runs[i]
		between(i)
		w.entry(r, k, r.n)
		i, k = i+1, 0
	}
	if i < j {
		between(i)
		w.Copy(markup.Span{From: a.runs[i].From, To: a.runs[j-1].To})
		i = j
	}
	if i == j && l > k {
		between(j)
		w.entry(&a.runs[j], k, l)
	}
	w.Copy(markup.Span{From: a.runs[len(a.runs)-1].To, To: within.To})
}

// entry writes an S for a part of the segments of a run.
func (w *Pen) entry(r *run, from, to int64) {
	w.Copy(markup.Span{From: r.From, To: r.name})
	if r.at.Empty() {
		w.Text(` t="`)
		w.Number(r.t + from*r.d)
		w.Text(`"`)
	}
	repeat := to - from - 1
	if to == countless {
		repeat = -1
	}
	if r.repeat.Empty() && repeat != 0 {
		w.Text(` r="`)
		w.Number(repeat)
		w.Text(`"`)
	}
	done := r.name
	for done < r.To {
		// The attribute that comes next.
		s, n := markup.Span{From: r.To, To: r.To}, int64(0)
		for _, x := range [...]struct {
			markup.Span
			n int64
		}{{r.at, r.t + from*r.d}, {r.repeat, repeat}, {r.numbered, r.number + from}} {
			if !x.Empty() && x.From >= done && x.From < s.From {
				s, n = x.Span, x.n
			}
		}
		w.Copy(markup.Span{From: done, To: s.From})
		if !s.Empty() {
			w.Number(n)
		}
		done = s.To
	}
}

// URLs is the text of the SegmentURLs; empty where there are none.
func (p *Part) URLs() markup.Span {
	from, to := int(p.First()), min(int(p.After()), len(p.urls))
	if from >= to {
		return markup.Span{}
	}
	return markup.Span{From: p.urls[from].From, To: p.urls[to-1].To}
}
