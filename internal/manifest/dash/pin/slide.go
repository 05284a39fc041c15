package pin

import (
	"strconv"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// leastSlide is the least by which a Period has slid, in microseconds: starts in MPDs may
// be rounded to milliseconds.
const leastSlide = 2_000

// Slid says that a Period which was published at a time with its media time 0 at another
// has moved, and its media time with it, so that its media stays where it was. It is
// published as it was: with the start of then, and the media times that begin there.
func (s *Start) Slid(at, zero int64) {
	if d := (s.At - s.Zero) - (at - zero); s.At != at && (d > leastSlide || d < -leastSlide) {
		s.Slide = d
	}
	s.At = at
}

// Offset is a presentationTimeOffset in ticks of a timescale.
type Offset struct{ Scale, Ticks int64 }

// slider moves the media times and the events of a Period back.
type slider struct {
	*pinner
	by    int64 // in microseconds
	known []Offset
}

// inherited is what an address element takes from those of its name above it.
type inherited struct {
	scale, duration int64
	timeline        bool
}

// element moves what is in a Period, an AdaptationSet or a Representation.
func (w *slider) element(n *markup.Node, above [addressing.Single + 1]inherited) {
	for kind := addressing.Template; kind <= addressing.Single; kind++ {
		own := n.Child(kind.Element())
		if own == nil {
			continue
		}
		x := &above[kind]
		if x.scale == 0 {
			x.scale = 1
		}
		for attr, to := range map[string]*int64{"timescale": &x.scale, "duration": &x.duration} {
			if v, err := quantity.ParseTicks(own.Get(attr)); err == nil {
				*to = v
			}
		}
		x.timeline = x.timeline || own.Child("SegmentTimeline") != nil
	}
	for _, c := range n.Children {
		if c.Prefix != n.Prefix {
			continue
		}
		switch c.Name {
		case "AdaptationSet", "Representation":
			w.element(c, above)
		case "EventStream":
			w.events(c)
		default:
			for kind := addressing.Template; kind <= addressing.Single; kind++ {
				if c.Name == kind.Element() {
					w.address(c, &above[kind])
				}
			}
		}
	}
}

// address moves the presentationTimeOffset of an address element, and, where its segments
// are counted from the begin of the Period, the number of the first.
func (w *slider) address(n *markup.Node, x *inherited) {
	if x.scale <= 0 || x.scale > quantity.MaxScale {
		return
	}
	ticks := quantity.Ticks(w.by, 0, x.scale)
	offset, err := quantity.ParseTicks(n.Get("presentationTimeOffset"))
	move := err == nil && n.Find("presentationTimeOffset") != nil && offset >= ticks
	offset = w.snap(Offset{x.scale, offset - ticks})
	number, err := quantity.ParseTicks(n.Get("startNumber"))
	count := err == nil && n.Find("startNumber") != nil && n.Name == addressing.Template.Element() && x.duration > 0 && !x.timeline
	if count {
		number -= (ticks + x.duration/2) / x.duration
	}
	w.edit(n, "presentationTimeOffset", move, strconv.AppendInt(nil, offset, 10),
		"startNumber", count && number >= 0, strconv.AppendInt(nil, number, 10))
}

// snap is the offset that was published before, where one differs by what rounding does.
func (w *slider) snap(o Offset) int64 {
	for _, k := range w.known {
		if d := quantity.Micros(0, max(k.Ticks-o.Ticks, o.Ticks-k.Ticks), o.Scale); k.Scale == o.Scale && d <= leastSlide {
			return k.Ticks
		}
	}
	return o.Ticks
}

// events moves the events of an EventStream, which count from the begin of the Period.
func (w *slider) events(n *markup.Node) {
	scale, err := quantity.ParseTicks(n.Get("timescale"))
	if err != nil || n.Find("timescale") == nil {
		scale = 1
	}
	if scale <= 0 || scale > quantity.MaxScale {
		return
	}
	ticks := quantity.Ticks(w.by, 0, scale)
	if offset, err := quantity.ParseTicks(n.Get("presentationTimeOffset")); err == nil && n.Find("presentationTimeOffset") != nil && offset >= ticks {
		w.set(n, "presentationTimeOffset", strconv.AppendInt(nil, offset-ticks, 10))
		return
	}
	for _, e := range n.Children {
		if e.Name != "Event" || e.Prefix != n.Prefix {
			continue
		}
		at, err := quantity.ParseTicks(e.Get("presentationTime"))
		if err != nil && e.Find("presentationTime") != nil {
			continue
		}
		w.set(e, "presentationTime", strconv.AppendInt(nil, at+ticks, 10))
	}
}
