package dash

import (
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
)

// enough is how many segments the reference lists in a part before sets that have
// none are left out of it; until then the part waits for them.
const enough = 3

// periods writes the content and the ads.
func (w *writer) periods() {
	for i := range w.t.Periods {
		p := &w.t.Periods[i]
		if p.Early {
			w.early(p)
			continue
		}
		from, until := p.From(), p.Until()
		if w.pending(p, from) {
			break
		}
		cursor, after := from, ""
		for k := range w.p.Breaks {
			b := &w.p.Breaks[k]
			back := b.Return
			if back < 0 {
				back = quantity.Never
			}
			if b.Start >= until {
				break
			}
			if back < cursor || back == cursor && b.Start < cursor {
				w.ads(k)
				continue
			}
			if b.Start > cursor {
				w.content(part{Period: p, from: cursor, to: b.Start, head: cursor == from, id: after, followed: len(b.Items) > 0})
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
			w.content(part{Period: p, from: cursor, to: until, head: cursor == from, id: after, tail: true})
		} else {
			w.follows = false
		}
	}
	w.ads(len(w.p.Breaks) - 1)
}

// pending is whether a Period is an avail that is announced and has not begun. It is
// not written yet: as content it would be taken back when ads replace it, and a
// Period that has been listed must not be preceded by new ones (P1).
func (w *writer) pending(p *presentation.Period, from int64) bool {
	return w.t.Dynamic() && p.Avail && (p.Reference == nil || from >= w.v.edge)
}

// early writes a Period that is announced without a start, at the end of the MPD.
func (w *writer) early(p *presentation.Period) {
	w.copy(markup.Span{From: p.Gap.From, To: p.Text.To})
}

// ads writes the items of the breaks up to k that have not been written.
func (w *writer) ads(k int) {
	for ; w.next <= k; w.next++ {
		b := &w.p.Breaks[w.next]
		grown := w.insertion(b)
		if w.t.Dynamic() && b.Return == b.Start {
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
	if x.limit <= x.from && x.limit < x.to || w.t.Dynamic() && !x.tail && x.to <= w.v.Sequence {
		w.follows = false // it is held back, or has left the window
		return
	}
	if x.head && x.tail && x.limit == x.to && w.moved == 0 && (w.follows && w.named || x.Stated && !x.Linked) {
		w.copy(markup.Span{From: x.Gap.From, To: x.Text.To})
		w.follows, w.named = true, true
		return
	}
	w.part = x
	if !w.lists() {
		w.follows = false
		return
	}
	if x.head {
		w.copy(x.Gap)
	} else {
		w.copy(markup.Span{From: w.headBlank(), To: x.Gap.To})
	}
	w.nested(0, len(x.Ops), markup.Span{From: x.Text.From, To: x.Text.To})
	w.follows, w.named = x.tail && x.limit == x.to, x.head
}

// headBlank is where the white space before the Period begins: comments before it
// are written once.
func (w *writer) headBlank() int {
	g := w.part.Gap
	return max(markup.Blank(w.t.Body, g.To), g.From)
}

// lists is whether the part can be listed: no Representation of sound or picture may
// be without segments in it (P4, P5).
func (w *writer) lists() bool {
	p := w.part.Period
	missing, listed := false, false
	for i := range p.Sets {
		s := &p.Sets[i]
		for k := range s.Reps {
			n := w.segments(s.Reps[k].Address)
			if &s.Reps[k] == p.Reference {
				if n == 0 {
					return false
				}
				w.part.rich = n >= enough
			}
			if s.Kind == "video" || s.Kind == "audio" {
				listed = true
				missing = missing || n == 0
			}
		}
	}
	return listed && (!missing || w.part.rich)
}
