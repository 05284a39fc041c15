package dash

import (
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// item writes the Period of an item, if it has not left the window.
func (w *writer) item(b *Break, i int) {
	it := &b.Items[i]
	n := w.layout(b.Start)
	if it.Segments <= 0 || n < 0 {
		return
	}
	a := w.t.ad(n, it)
	if !a.playable {
		return
	}
	if end := it.Start + a.length[min(it.Segments, len(a.length)-1)]; end <= w.v.Sequence {
		return
	}
	w.follows = false
	w.flush()
	g := w.t.periods[n].gap
	w.copy(markup.Span{From: max(blank(w.t.body, g.To), g.From), To: g.To})
	w.flush()
	dst := append(append(append(w.dst, '<'), w.t.prefix...), `Period id="`...)
	dst = markup.Append(dst, b.ID)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(i+1), 10)
	dst = append(dst, `" start="`...)
	dst = quantity.AppendDuration(dst, it.Start-w.t.origin+w.moved)
	if !w.t.dynamic {
		// Only where its successor is known for good (P3).
		dst = append(dst, `" duration="`...)
		dst = quantity.AppendDuration(dst, b.until(i, a)-it.Start)
	}
	dst = append(dst, '"')
	for _, d := range w.t.periods[n].spaces {
		dst = append(dst, w.t.body[d.From:d.To]...)
	}
	dst = append(dst, '>')
	for _, base := range w.t.periods[n].bases {
		dst = append(dst, w.t.body[base.From:base.To]...)
	}
	if it.Signal != "" {
		dst = w.signal(dst, it, a.length[len(a.length)-1], i+1)
	}
	var media markup.Span // the URL of the item's media as it was written first
	for k := range a.parts {
		part := &a.parts[k]
		dst = append(dst, part.text...)
		switch {
		case !part.media:
		case media.Empty():
			media.From = len(dst)
			dst = markup.Append(dst, it.Media)
			media.To = len(dst)
		default:
			dst = append(dst, dst[media.From:media.To]...)
		}
		if part.line != nil {
			dst = w.line(dst, part.line, it.Segments)
		}
	}
	w.dst = append(append(append(dst, "</"...), w.t.prefix...), "Period>"...)
}

// signalScale is the timescale of the events of signals.
const signalScale = 90_000

// signal writes the event of an item of a length in microseconds.
func (w *writer) signal(dst []byte, it *Item, length int64, id int) []byte {
	prefix := w.t.prefix
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
func (b *Break) until(i int, a *adText) int64 {
	switch it := &b.Items[i]; {
	case i+1 < len(b.Items):
		return b.Items[i+1].Start
	case b.Return > b.Start:
		return b.Return
	default:
		return it.Start + a.length[min(it.Segments, len(a.length)-1)]
	}
}

// layout is the Period whose AdaptationSets ads at a time have: the one that the
// break begins in, else the first that has segments.
func (w *writer) layout(at int64) int {
	found := -1
	for i := range w.t.periods {
		p := &w.t.periods[i]
		if p.early || p.reference == nil {
			continue
		}
		if found < 0 || p.From() <= at {
			found = i
		}
	}
	return found
}

// line writes the S elements of the first n segments.
func (w *writer) line(dst []byte, a *avail.AssetRendition, n int) []byte {
	ticks := func(i int) int64 {
		if a.Timescale > 0 {
			return a.Segments[i].Ticks
		}
		return a.Segments[i].Duration
	}
	n = min(n, len(a.Segments))
	for i := 0; i < n; {
		k := i + 1
		for k < n && ticks(k) == ticks(i) {
			k++
		}
		dst = append(append(append(dst, '<'), w.t.prefix...), "S "...)
		if i == 0 {
			dst = append(strconv.AppendInt(append(dst, `t="`...), a.Start, 10), `" `...)
		}
		dst = append(dst, `d="`...)
		dst = strconv.AppendInt(dst, ticks(i), 10)
		if k > i+1 {
			dst = append(dst, `" r="`...)
			dst = strconv.AppendInt(dst, int64(k-i-1), 10)
		}
		dst = append(dst, `"/>`...)
		i = k
	}
	return dst
}
