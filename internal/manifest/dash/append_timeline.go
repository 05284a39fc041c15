package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

// segments is how many segments of an address the part lists.
func (w *writer) segments(a *addressing.Address) int64 {
	switch {
	case a.File():
		return 1
	case !a.Lists(), a.Open() && w.part.from >= w.v.edge && !w.part.head:
		return 0
	}
	listed := w.listed(a)
	return max(listed.After()-listed.First(), 0)
}

// listed are the segments that the part lists.
func (w *writer) listed(a *addressing.Address) addressing.Part {
	x := &w.part
	listed := a.All()
	if !x.head {
		listed.Begin(x.from)
	}
	if x.limit == quantity.Never || x.tail && (x.limit == x.to || a.Open() && x.limit >= w.v.edge) {
		// What goes on as time does is not cut where all of it is shown.
		return listed
	}
	listed.End(x.limit)
	return listed
}

// timeline writes the entries of a SegmentTimeline that the part lists.
func (w *writer) timeline(o *presentation.Op) {
	listed := w.listed(o.Address)
	listed.Write(&addressing.Pen{Copy: w.copy, Text: w.text, Number: w.number}, o.Span)
}

func (w *writer) number(n int64) {
	w.flush()
	w.dst = strconv.AppendInt(w.dst, n, 10)
}
