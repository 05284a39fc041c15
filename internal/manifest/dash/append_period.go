package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// enough is how many segments the reference lists in a part before sets that have
// none are left out of it; until then the part waits for them.
const enough = 3

// periods writes the content and the ads.
func (w *writer) periods() {
	for i := range w.t.periods {
		p := &w.t.periods[i]
		if p.early {
			w.early(p)
			continue
		}
		from, until := w.t.at(p), w.t.until(p)
		if w.pending(p, from) {
			break
		}
		cursor, after := from, ""
		for k := range w.p.Breaks {
			b := &w.p.Breaks[k]
			back := b.Return
			if back < 0 {
				back = never
			}
			if b.Start >= until {
				break
			}
			if back < cursor || back == cursor && b.Start < cursor {
				w.ads(k)
				continue
			}
			if b.Start > cursor {
				w.content(part{period: p, from: cursor, to: b.Start, head: cursor == from, id: after, followed: len(b.Items) > 0})
			}
			w.ads(k)
			if back > cursor {
				cursor, after = back, b.ID
			} else if b.Start == cursor && cursor > from {
				after = b.ID
			}
			if cursor >= until {
				break
			}
		}
		if cursor < until || cursor == from {
			w.content(part{period: p, from: cursor, to: until, head: cursor == from, id: after, tail: true})
		} else {
			w.follows = false
		}
	}
	w.ads(len(w.p.Breaks) - 1)
}

// pending is whether a Period is an avail that is announced and has not begun. It is
// not written yet: as content it would be taken back when ads replace it, and a
// Period that has been listed must not be preceded by new ones (P1).
func (w *writer) pending(p *period, from int64) bool {
	return w.t.dynamic && p.avail && (p.reference == nil || from >= w.v.edge)
}

// early writes a Period that is announced without a start, at the end of the MPD.
func (w *writer) early(p *period) {
	w.copy(span{p.gap.from, p.span.to})
}

// ads writes the items of the breaks up to k that have not been written.
func (w *writer) ads(k int) {
	for ; w.next <= k; w.next++ {
		b := &w.p.Breaks[w.next]
		grown := w.insertion(b)
		if w.t.dynamic && b.Return == b.Start {
			continue // nothing is inserted into a live stream
		}
		for i := range b.Items {
			w.item(b, i)
		}
		w.moved += grown
	}
}

// content writes a part of a Period.
func (w *writer) content(x part) {
	x.limit = x.to
	if u := w.p.Until; u != 0 && u < x.to {
		x.limit = u
	}
	if x.limit <= x.from && x.limit < x.to || w.t.dynamic && !x.tail && x.to <= w.v.Sequence {
		w.follows = false // it is held back, or has left the window
		return
	}
	if x.head && x.tail && x.limit == x.to && w.moved == 0 && (w.follows && w.named || x.stated && !x.linked) {
		w.copy(span{x.gap.from, x.span.to})
		w.follows, w.named = true, true
		return
	}
	w.part = x
	if !w.lists() {
		w.follows = false
		return
	}
	if x.head {
		w.copy(x.gap)
	} else {
		w.copy(span{w.headBlank(), x.gap.to})
	}
	w.nested(0, len(x.ops), span{x.span.from, x.span.to})
	w.follows, w.named = x.tail && x.limit == x.to, x.head
}

// headBlank is where the white space before the Period begins: comments before it
// are written once.
func (w *writer) headBlank() int {
	g := w.part.gap
	return max(blank(w.t.body, g.to), g.from)
}

// lists is whether the part can be listed: no Representation of sound or picture may
// be without segments in it (P4, P5).
func (w *writer) lists() bool {
	p := w.part.period
	missing, listed := false, false
	for i := range p.sets {
		s := &p.sets[i]
		for k := range s.reps {
			n := w.segments(s.reps[k].address)
			if &s.reps[k] == p.reference {
				if n == 0 {
					return false
				}
				w.part.rich = n >= enough
			}
			if s.kind == "video" || s.kind == "audio" {
				listed = true
				missing = missing || n == 0
			}
		}
	}
	return listed && (!missing || w.part.rich)
}

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
		i, k = first(a.runs, w.media(a, x.from)+quantity.Slack(a.scale))
	}
	if x.limit == never || x.tail && (x.limit == x.to || a.open && x.limit >= w.v.edge) {
		// What goes on as time does is not cut where all of it is shown.
		return i, k, len(a.runs), 0
	}
	j, l = past(a.runs, w.media(a, x.limit)-quantity.Slack(a.scale))
	return i, k, j, l
}

// media is the media time at a time of the stream.
func (w *writer) media(a *address, at int64) int64 {
	return quantity.Ticks(at-w.t.origin, w.part.start, a.scale) + a.offset
}

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
