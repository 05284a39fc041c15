package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// nested writes the text of a part from op i to op end.
func (w *writer) nested(i, end int, s markup.Span) {
	done := s.From
	for i < end {
		o := &w.part.ops[i]
		w.copy(markup.Span{From: done, To: o.From})
		done = o.To
		switch {
		case w.skips(o):
			// The white space before what is left out goes with it.
			w.trim()
			i = o.next
			continue
		case o.kind == opSet || o.kind == opRepresentation || o.kind == opStream || o.kind == opEvent:
			done = o.From
			i++
			continue
		case o.kind == opTimeline:
			w.timeline(o)
		case o.kind == opURLs:
			listed := w.listed(o.address)
			w.copy(listed.URLs())
		case o.kind == opFile:
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
		w.copied.To = max(blank(w.t.body, w.copied.To), w.copied.From)
	}
}

// skips is whether the part leaves an element out.
func (w *writer) skips(o *op) bool {
	x := &w.part
	switch o.kind {
	case opSet:
		for k := range x.sets[o.set].reps {
			if w.segments(x.sets[o.set].reps[k].address) > 0 {
				return false
			}
		}
		return len(x.sets[o.set].reps) > 0
	case opRepresentation:
		return w.segments(x.sets[o.set].reps[o.rep].address) == 0
	case opStream:
		events := x.streams[o.stream].events
		for k := range events {
			if w.shows(o.stream, k) {
				return false
			}
		}
		return len(events) > 0
	case opEvent:
		return !w.shows(o.stream, o.event)
	case opContinuity:
		return !x.head || !w.follows || !w.named
	}
	return false
}

// shows is whether an event falls into the part.
func (w *writer) shows(stream, i int) bool {
	x := &w.part
	s := &x.streams[stream]
	e := &s.events[i]
	at := w.t.origin + quantity.Micros(x.Start, e.at-s.offset, s.scale)
	end := at + quantity.Micros(0, e.length, s.scale)
	return (x.tail || at < x.to) && (x.head || at >= x.from || end > x.from)
}

// tag writes a start tag with the attributes of the part.
func (w *writer) tag(o *op) {
	done := o.From
	for i := range o.slots {
		s := &o.slots[i]
		w.copy(markup.Span{From: done, To: s.whole.From})
		done = s.whole.To
		if !w.attribute(o, s) {
			w.copy(s.whole)
		}
	}
	w.copy(markup.Span{From: done, To: o.To})
}

// attribute writes what the part has in the place of a slot; false leaves the
// origin's text.
func (w *writer) attribute(o *op, s *slot) bool {
	x := &w.part
	switch o.kind {
	case opPeriod:
		return w.periodAttribute(s)
	case opStreamTag:
		if x.head {
			return false
		}
		st := &x.streams[o.stream]
		w.setNumber(s, st.offset+quantity.Ticks(x.from-w.t.origin, x.Start, st.scale))
		return true
	case opAddress:
		return w.addressAttribute(o.address, s)
	}
	return false
}

func (w *writer) periodAttribute(s *slot) bool {
	x := &w.part
	switch s.kind {
	case attrID:
		if x.head {
			return false
		}
		w.set(s)
		if x.id != "" {
			if x.period.id != "" {
				w.dst = markup.Append(w.dst, x.period.id)
				w.dst = append(w.dst, '_')
			}
			w.dst = markup.Append(w.dst, x.id)
		}
		w.unset(s)
	case attrStart:
		if x.head && w.moved == 0 && (x.stated || w.follows) {
			return false
		}
		w.setDuration(s, x.from-w.t.origin+w.moved)
	case attrDuration:
		switch {
		case s.whole.Empty() || x.head && x.tail:
			return false
		case x.followed || x.tail && x.to != quantity.Never:
			w.setDuration(s, x.to-x.from)
		}
		// Otherwise it goes: its end is not published yet (P3).
	}
	return true
}

func (w *writer) addressAttribute(a *addressing.Address, s *slot) bool {
	x := &w.part
	listed := w.listed(a)
	if s.kind == attrLast && !s.whole.Empty() && a.Count() > 0 {
		w.setNumber(s, a.Number(listed.After()-1))
		return true
	}
	if x.head {
		return false
	}
	switch {
	case s.kind == attrOffset:
		w.setNumber(s, a.Media(x.from))
		return true
	case s.kind == attrPresented:
		return !s.whole.Empty() // it is that of the whole Period
	case s.kind == attrNumber && a.Lists() && listed.First() > 0:
		w.setNumber(s, a.Number(listed.First()))
		return true
	case s.kind == attrDelta && a.Lists():
		if delta, ok := listed.Delta(x.from); ok && (!s.whole.Empty() || !a.Timed() && delta != 0) {
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
	w.dst = append(append(append(w.dst, '<'), w.t.prefix...), `SegmentBase timescale="1000000" presentationTimeOffset="`...)
	w.dst = strconv.AppendInt(w.dst, w.part.from-w.part.period.From(), 10)
	w.dst = append(w.dst, `"/>`...)
}
