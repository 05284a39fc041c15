package dash

import (
	"math"
	"strconv"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
	"stitcher/internal/manifest/dash/twins"
)

// item writes the Period of an item, if it has not left the window.
func (w *writer) item(b *Break, i int) {
	it := &b.Items[i]
	n := w.layout(b.Start)
	if it.Segments <= 0 || n < 0 {
		return
	}
	a := w.t.ads.Text(n, it.Asset, it.Tracks)
	if !a.Playable() {
		return
	}
	if end := it.Start + a.Length(it.Segments); end <= w.v.Sequence {
		return
	}
	w.follows = false
	w.flush()
	g := w.t.Periods[n].Gap
	w.copy(markup.Span{From: max(markup.Blank(w.t.Body, g.To), g.From), To: g.To})
	w.flush()
	dst := append(append(append(w.dst, '<'), w.t.Prefix...), `Period id="`...)
	dst = markup.Append(dst, b.ID)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(i+1), 10)
	dst = append(dst, `" start="`...)
	dst = quantity.AppendDuration(dst, it.Start-w.t.Origin+w.moved)
	if !w.t.Dynamic() {
		// Only where its successor is known for good (P3).
		dst = append(dst, `" duration="`...)
		dst = quantity.AppendDuration(dst, b.until(i, a)-it.Start)
	}
	dst = append(dst, '"')
	for _, d := range w.t.Periods[n].Spaces {
		dst = append(dst, w.t.Body[d.From:d.To]...)
	}
	dst = append(dst, '>')
	for _, base := range w.t.Periods[n].Bases {
		dst = append(dst, w.t.Body[base.From:base.To]...)
	}
	if it.Signal != "" {
		dst = w.signal(dst, it, a.Length(math.MaxInt), i+1)
	}
	dst = a.Append(dst, it.Media, it.Segments)
	w.dst = append(append(append(dst, "</"...), w.t.Prefix...), "Period>"...)
}

// signalScale is the timescale of the events of signals.
const signalScale = 90_000

// signal writes the event of an item of a length in microseconds.
func (w *writer) signal(dst []byte, it *Item, length int64, id int) []byte {
	prefix := w.t.Prefix
	dst = append(append(append(dst, '<'), prefix...), `EventStream schemeIdUri="`...)
	dst = append(markup.Append(dst, it.SignalScheme), `" timescale="`...)
	dst = append(strconv.AppendInt(dst, signalScale, 10), `"><`...)
	dst = append(append(dst, prefix...), `Event presentationTime="0" duration="`...)
	dst = append(strconv.AppendInt(dst, length*9/100, 10), `" id="`...)
	dst = append(strconv.AppendInt(dst, int64(id), 10), `"><![CDATA[`...)
	dst = append(append(dst, it.Signal...), `]]></`...)
	dst = append(append(dst, prefix...), `Event></`...)
	return append(append(dst, prefix...), `EventStream>`...)
}

// until is where item i ends: at the next, at the return, or with its segments.
func (b *Break) until(i int, a *twins.Text) int64 {
	switch it := &b.Items[i]; {
	case i+1 < len(b.Items):
		return b.Items[i+1].Start
	case b.Return > b.Start:
		return b.Return
	default:
		return it.Start + a.Length(it.Segments)
	}
}

// layout is the Period whose AdaptationSets ads at a time have: the one that the
// break begins in, else the first that has segments.
func (w *writer) layout(at int64) int {
	found := -1
	for i := range w.t.Periods {
		p := &w.t.Periods[i]
		if p.Early || p.Reference == nil {
			continue
		}
		if found < 0 || p.From() <= at {
			found = i
		}
	}
	return found
}
