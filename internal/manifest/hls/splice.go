package hls

import "strconv"

// splice writes segment i after something that is not its predecessor: with
// all that it inherits from segments that the viewer does not see. A
// DISCONTINUITY is written where asked, the segment's own if it has one.
func (w *writer) splice(i int, discontinuity bool) {
	t := w.t
	b := &t.blocks[i]
	switch {
	case b.ownEnd > 0:
		w.copy(b.own, b.ownEnd)
	case discontinuity:
		w.line("#EXT-X-DISCONTINUITY")
	}
	w.restore(i)
	if t.Dated && !b.dated {
		w.date(t.Segments[i].Time + w.by)
	}
	from := b.start
	if b.ownEnd > 0 {
		w.copy(from, b.own)
		from = b.ownEnd
	}
	if b.offsetAt > from {
		w.copy(from, b.offsetAt)
		w.dst = append(w.dst, '@')
		w.dst = strconv.AppendInt(w.dst, b.offset, 10)
		from = b.offsetAt
	}
	w.copy(from, t.blocks[i+1].start)
}

// restore writes the keys, the MAP and the bit rate that are in force before
// segment i, as far as the segment does not set them itself. A MAP comes under
// the keys it was declared under: they decrypt it (RFC 8216bis §4.4.4.5).
func (w *writer) restore(i int) {
	t := w.t
	b := &t.blocks[i]
	var before keySet
	mapped := int32(-1)
	var rate span
	if i > 0 {
		p := &t.blocks[i-1]
		before, mapped, rate = p.keys, p.mapped, p.rate
	}
	if !w.clear && t.Encrypted {
		w.line("#EXT-X-KEY:METHOD=NONE")
	}
	w.clear = true
	var written keySet
	if mapped >= 0 && !b.inits {
		m := &t.maps[mapped]
		written = m.keys
		for _, k := range t.set(written) {
			w.span(k.span)
		}
		w.span(m.span)
		if t.outlives(written, b.keys) {
			w.line("#EXT-X-KEY:METHOD=NONE")
		}
	}
	for _, k := range t.set(before) {
		// The segment's own MAP may stand under keys that its own KEY tags
		// replace afterwards.
		lasts := t.holds(b.keys, k) || b.inits && t.holds(t.maps[b.mapped].keys, k)
		if lasts && !t.holds(written, k) {
			w.span(k.span)
		}
	}
	if rate.to > 0 {
		w.span(rate)
	}
}

func (t *Template) set(s keySet) []keyLine { return t.keys[s.at : s.at+s.n] }

// holds says whether a set has a line.
func (t *Template) holds(s keySet, line keyLine) bool {
	for _, k := range t.set(s) {
		if k == line {
			return true
		}
	}
	return false
}

// outlives says whether a key of one set would stay in force at a segment that
// knows none of its format. There was a METHOD=NONE between them then, so they
// have no line in common.
func (t *Template) outlives(s, at keySet) bool {
	for _, k := range t.set(s) {
		found := false
		for _, a := range t.set(at) {
			found = found || a.format == k.format
		}
		if !found {
			return true
		}
	}
	return false
}
