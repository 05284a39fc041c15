package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

// nested writes the text of a part from op i to op end.
func (w *writer) nested(i, end int, s markup.Span) {
	done := s.From
	for i < end {
		o := &w.part.Ops[i]
		w.copy(markup.Span{From: done, To: o.From})
		done = o.To
		switch {
		case w.skips(o):
			// The white space before what is left out goes with it.
			w.trim()
			i = o.Next
			continue
		case o.Kind == presentation.OpSet || o.Kind == presentation.OpRepresentation || o.Kind == presentation.OpStream || o.Kind == presentation.OpEvent:
			done = o.From
			i++
			continue
		case o.Kind == presentation.OpTimeline:
			w.timeline(o)
		case o.Kind == presentation.OpURLs:
			listed := w.listed(o.Address)
			w.copy(listed.URLs())
		case o.Kind == presentation.OpFile:
			w.file()
		default:
			w.tag(o)
		}
		i++
	}
	w.copy(markup.Span{From: done, To: s.To})
}

// trim takes back the white space that was copied last.
func (w *writer) trim() {
	if !w.copied.Empty() {
		w.copied.To = max(markup.Blank(w.t.Body, w.copied.To), w.copied.From)
	}
}

// skips is whether the part leaves an element out.
func (w *writer) skips(o *presentation.Op) bool {
	x := &w.part
	switch o.Kind {
	case presentation.OpSet:
		for k := range x.Sets[o.Set].Reps {
			if w.segments(x.Sets[o.Set].Reps[k].Address) > 0 {
				return false
			}
		}
		return len(x.Sets[o.Set].Reps) > 0
	case presentation.OpRepresentation:
		return w.segments(x.Sets[o.Set].Reps[o.Rep].Address) == 0
	case presentation.OpStream:
		for k := range x.Events(o.Stream) {
			if w.shows(o.Stream, k) {
				return false
			}
		}
		return x.Events(o.Stream) > 0
	case presentation.OpEvent:
		return !w.shows(o.Stream, o.Event)
	case presentation.OpContinuity:
		return !x.head || !w.follows || !w.named
	}
	return false
}

// shows is whether an event falls into the part.
func (w *writer) shows(stream, i int) bool {
	x := &w.part
	at, end := x.Event(stream, i)
	return (x.tail || at < x.to) && (x.head || at >= x.from || end > x.from)
}

// tag writes a start tag with the attributes of the part.
func (w *writer) tag(o *presentation.Op) {
	done := o.From
	for i := range o.Slots {
		s := &o.Slots[i]
		w.copy(markup.Span{From: done, To: s.Whole.From})
		done = s.Whole.To
		if !w.attribute(o, s) {
			w.copy(s.Whole)
		}
	}
	w.copy(markup.Span{From: done, To: o.To})
}

// attribute writes what the part has in the place of a slot; false leaves the
// origin's text.
func (w *writer) attribute(o *presentation.Op, s *presentation.Slot) bool {
	x := &w.part
	switch o.Kind {
	case presentation.OpPeriod:
		return w.periodAttribute(s)
	case presentation.OpStreamTag:
		if x.head {
			return false
		}
		w.setNumber(s, x.StreamOffset(o.Stream, x.from))
		return true
	case presentation.OpAddress:
		return w.addressAttribute(o.Address, s)
	}
	return false
}

func (w *writer) periodAttribute(s *presentation.Slot) bool {
	x := &w.part
	switch s.Kind {
	case presentation.AttrID:
		if x.head {
			return false
		}
		w.set(s)
		if x.id != "" {
			if x.Period.ID != "" {
				w.dst = markup.Append(w.dst, x.Period.ID)
				w.dst = append(w.dst, '_')
			}
			w.dst = markup.Append(w.dst, x.id)
		}
		w.unset(s)
	case presentation.AttrStart:
		if x.head && w.moved == 0 && (x.Stated || w.follows) {
			return false
		}
		w.setDuration(s, x.from-w.t.Origin+w.moved)
	case presentation.AttrDuration:
		switch {
		case s.Whole.Empty() || x.head && x.tail:
			return false
		case x.followed || x.tail && x.to != quantity.Never:
			w.setDuration(s, x.to-x.from)
		}
		// Otherwise it goes: its end is not published yet (P3).
	}
	return true
}

func (w *writer) addressAttribute(a *addressing.Address, s *presentation.Slot) bool {
	x := &w.part
	listed := w.listed(a)
	if s.Kind == presentation.AttrLast && !s.Whole.Empty() && a.Count() > 0 {
		w.setNumber(s, a.Number(listed.After()-1))
		return true
	}
	if x.head {
		return false
	}
	switch {
	case s.Kind == presentation.AttrOffset:
		w.setNumber(s, a.Media(x.from))
		return true
	case s.Kind == presentation.AttrPresented:
		return !s.Whole.Empty() // it is that of the whole Period
	case s.Kind == presentation.AttrNumber && a.Lists() && listed.First() > 0:
		w.setNumber(s, a.Number(listed.First()))
		return true
	case s.Kind == presentation.AttrDelta && a.Lists():
		if delta, ok := listed.Delta(x.from); ok && (!s.Whole.Empty() || !a.Timed() && delta != 0) {
			w.setNumber(s, delta)
			return true
		}
	}
	return false
}

// file gives a Representation that is one file the offset of the part.
func (w *writer) file() {
	if w.part.head {
		return
	}
	w.flush()
	w.dst = append(append(append(w.dst, '<'), w.t.Prefix...), `SegmentBase timescale="1000000" presentationTimeOffset="`...)
	w.dst = strconv.AppendInt(w.dst, w.part.from-w.part.Period.From(), 10)
	w.dst = append(w.dst, `"/>`...)
}
