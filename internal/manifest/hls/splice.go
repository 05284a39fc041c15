package hls

import (
	"strconv"

	"stitcher/internal/manifest/hls/keys"
)

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
	var before keys.Set
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
	var written keys.Set
	if mapped >= 0 && !b.inits {
		m := &t.maps[mapped]
		written = m.keys
		for _, k := range t.keys.Of(written) {
			w.copy(k.From, k.To)
		}
		w.span(m.span)
		if t.keys.Outlive(written, b.keys) {
			w.line("#EXT-X-KEY:METHOD=NONE")
		}
	}
	for _, k := range t.keys.Of(before) {
		// The segment's own MAP may stand under keys that its own KEY tags
		// replace afterwards.
		lasts := t.keys.Hold(b.keys, k) || b.inits && t.keys.Hold(t.maps[b.mapped].keys, k)
		if lasts && !t.keys.Hold(written, k) {
			w.copy(k.From, k.To)
		}
	}
	if rate.to > 0 {
		w.span(rate)
	}
}
