package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// nested writes the text of a part from op i to op end.
func (w *writer) nested(i, end int, s span) {
	done := s.from
	for i < end {
		o := &w.part.ops[i]
		w.copy(span{done, o.from})
		done = o.to
		switch {
		case w.skips(o):
			// The white space before what is left out goes with it.
			w.trim()
			i = o.next
			continue
		case o.kind == opSet || o.kind == opRepresentation || o.kind == opStream || o.kind == opEvent:
			done = o.from
			i++
			continue
		case o.kind == opTimeline:
			w.timeline(o)
		case o.kind == opURLs:
			w.urls(o)
		case o.kind == opFile:
			w.file()
		default:
			w.tag(o)
		}
		i++
	}
	w.copy(span{done, s.to})
}

// trim takes back the white space that was copied last.
func (w *writer) trim() {
	if !w.copied.empty() {
		w.copied.to = max(blank(w.t.body, w.copied.to), w.copied.from)
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
	at := w.t.origin + quantity.Micros(x.start, e.at-s.offset, s.scale)
	end := at + quantity.Micros(0, e.length, s.scale)
	return (x.tail || at < x.to) && (x.head || at >= x.from || end > x.from)
}

// tag writes a start tag with the attributes of the part.
func (w *writer) tag(o *op) {
	done := o.from
	for i := range o.slots {
		s := &o.slots[i]
		w.copy(span{done, s.whole.from})
		done = s.whole.to
		if !w.attribute(o, s) {
			w.copy(s.whole)
		}
	}
	w.copy(span{done, o.to})
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
		w.setNumber(s, st.offset+quantity.Ticks(x.from-w.t.origin, x.start, st.scale))
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
		case s.whole.empty() || x.head && x.tail:
			return false
		case x.followed || x.tail && x.to != never:
			w.setDuration(s, x.to-x.from)
		}
		// Otherwise it goes: its end is not published yet (P3).
	}
	return true
}

func (w *writer) addressAttribute(a *address, s *slot) bool {
	x := &w.part
	i, k, j, l := w.listed(a)
	if s.kind == attrLast && !s.whole.empty() && len(a.runs) > 0 {
		w.setNumber(s, a.number+count(a.runs, j, l)-1)
		return true
	}
	if x.head {
		return false
	}
	at := w.media(a, x.from)
	switch numbered := a.kind != single && len(a.runs) > 0; {
	case s.kind == attrOffset:
		w.setNumber(s, at)
		return true
	case s.kind == attrPresented:
		return !s.whole.empty() // it is that of the whole Period
	case s.kind == attrNumber && numbered && count(a.runs, i, k) > 0:
		w.setNumber(s, a.number+count(a.runs, i, k))
		return true
	case s.kind == attrDelta && numbered && i < len(a.runs):
		if delta := a.runs[i].t + k*a.runs[i].d - at; !s.whole.empty() || !a.timeline && delta != 0 {
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
	w.dst = strconv.AppendInt(w.dst, w.part.from-w.t.at(w.part.period), 10)
	w.dst = append(w.dst, `"/>`...)
}
