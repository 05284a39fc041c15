package dash

import (
	"strconv"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/quantity"
	"stitcher/internal/manifest/gzipped"
)

// Append writes a viewer's MPD: shared text of the template and the few lines that
// are the viewer's own. Nothing is parsed, and nothing is allocated but the growth of
// dst and, once for an asset and a template, the text of its Period.
func (v *View) Append(dst []byte, p *Plan) []byte { return v.append(dst, p, nil) }

// append notes in shared, if it is there, where long text of the template is.
func (v *View) append(dst []byte, p *Plan, shared *[]gzipped.Shared) []byte {
	w := writer{v: v, t: v.Template, p: p, dst: dst, shared: shared, follows: true, named: true}
	w.head()
	w.periods()
	if !w.copied.Empty() {
		w.flush()
	}
	w.copy(w.t.Tail)
	w.clock()
	w.flush()
	return w.dst
}

// writer is one call of Append.
type writer struct {
	v   *View
	t   *Template
	p   *Plan
	dst []byte
	// copied is text of the body that is to be written next.
	copied markup.Span
	shared *[]gzipped.Shared
	// moved is by how much insertions have moved what follows.
	moved int64
	// follows is whether the Period that was written last ends where the next of
	// the origin begins, as in the origin.
	follows bool
	// named is whether that Period has the id that the origin gave it.
	named bool
	// next is the break that has not been written.
	next int
	part part
}

// part is a stretch of a Period of the origin.
type part struct {
	*presentation.Period
	// from and to are Unix microseconds; to is Never at an open end.
	from, to int64
	// head is whether it begins where the Period begins, tail whether it ends where
	// it ends.
	head, tail bool
	// id is the break that it follows.
	id string
	// limit is where the listed segments end: to, or the plan's Until.
	limit int64
	// followed is whether the Period after it is written, too.
	followed bool
	// rich is whether the reference lists enough segments for others that have none
	// to be left out.
	rich bool
}

// copy writes a stretch of the body.
func (w *writer) copy(s markup.Span) {
	if s.Empty() {
		return
	}
	if w.copied.To == s.From && !w.copied.Empty() {
		w.copied.To = s.To
		return
	}
	w.flush()
	w.copied = s
}

// flush writes what was copied.
func (w *writer) flush() {
	s := w.copied
	if s.Empty() {
		return
	}
	if w.shared != nil && s.To-s.From >= gzipped.Least {
		*w.shared = append(*w.shared, gzipped.Shared{At: len(w.dst), From: uint32(s.From), To: uint32(s.To)})
	}
	w.dst = append(w.dst, w.t.Body[s.From:s.To]...)
	w.copied = markup.Span{}
}

func (w *writer) text(s string) {
	w.flush()
	w.dst = append(w.dst, s...)
}

// set writes an attribute in the place of a slot.
func (w *writer) set(s *presentation.Slot) {
	w.flush()
	if s.Whole.Empty() {
		w.dst = append(w.dst, ' ')
		w.dst = append(w.dst, s.Kind.Name()...)
		w.dst = append(w.dst, `="`...)
	} else {
		w.dst = append(w.dst, w.t.Body[s.Whole.From:s.Value.From]...)
	}
}

// unset ends what set began.
func (w *writer) unset(s *presentation.Slot) {
	if s.Whole.Empty() {
		w.dst = append(w.dst, '"')
	} else {
		w.dst = append(w.dst, w.t.Body[s.Value.To:s.Whole.To]...)
	}
}

func (w *writer) setText(s *presentation.Slot, text string) {
	w.set(s)
	w.dst = markup.Append(w.dst, text)
	w.unset(s)
}

func (w *writer) setNumber(s *presentation.Slot, n int64) {
	w.set(s)
	w.dst = strconv.AppendInt(w.dst, n, 10)
	w.unset(s)
}

func (w *writer) setDuration(s *presentation.Slot, us int64) {
	w.set(s)
	w.dst = quantity.AppendDuration(w.dst, us)
	w.unset(s)
}

// head writes what stands before the Periods.
func (w *writer) head() {
	done := w.t.Head.From
	for i := range w.t.HeadSlots {
		s := &w.t.HeadSlots[i]
		w.copy(markup.Span{From: done, To: s.Whole.From})
		done = s.Whole.To
		if !w.headSlot(s) {
			w.copy(s.Whole)
		}
	}
	w.copy(markup.Span{From: done, To: w.t.Head.To})
}

// headSlot writes what the plan says in the place of a slot; false leaves the
// origin's text.
func (w *writer) headSlot(s *presentation.Slot) bool {
	switch {
	case s.Location:
		if w.p.Location == "" {
			return false
		}
		w.flush()
		w.dst = append(w.dst, w.t.Indent...)
		w.element("Location", w.p.Location)
	case s.Kind == presentation.AttrID && w.p.ID != "":
		w.setText(s, w.p.ID)
	case s.Kind == presentation.AttrPublished && w.p.Published != 0:
		w.set(s)
		w.dst = quantity.AppendDate(w.dst, w.p.Published)
		w.unset(s)
	case s.Kind == presentation.AttrUpdate:
		us := w.update()
		if us == w.t.Update().Microseconds() {
			return false
		}
		w.setDuration(s, us)
	case s.Kind == presentation.AttrTotal && w.t.Total >= 0:
		grown := w.inserted()
		if grown == 0 {
			return false
		}
		w.setDuration(s, w.t.Total+grown)
	default:
		return false
	}
	return true
}

func (w *writer) element(name, text string) {
	w.dst = append(append(append(w.dst, '<'), w.t.Prefix...), name...)
	w.dst = append(w.dst, '>')
	w.dst = markup.Append(w.dst, text)
	w.dst = append(append(append(w.dst, "</"...), w.t.Prefix...), name...)
	w.dst = append(w.dst, '>')
}

// leastUpdate is the shortest minimumUpdatePeriod, usualUpdate that of an MPD which
// depends on events, in microseconds.
const leastUpdate, usualUpdate = 1_000_000, 2_000_000

// update is minimumUpdatePeriod: while a break is open or content is held back at most
// the length of an ad segment, and never 0, so that each ad segment is seen when it is
// listed (U5). Where segments follow from the time, a player that asks rarely would play
// past a break that it has not heard of: it asks once a segment.
func (w *writer) update() int64 {
	us := w.t.Update().Microseconds()
	if w.t.Dynamic() && (w.p.ID != "" || len(w.p.Breaks) > 0) {
		often := max(usualUpdate, w.v.TargetDuration)
		switch {
		case us <= 0:
			us = usualUpdate // the events that would tell of updates are the origin's
		case w.t.fixed == nil && us > often:
			us = often
		}
	}
	held := w.p.Until != 0 && w.p.Until < w.v.edge
	if !w.t.Dynamic() || !held && len(w.p.Breaks) == 0 {
		return us
	}
	shortest := int64(0)
	if n := len(w.p.Breaks); n > 0 {
		b := &w.p.Breaks[n-1]
		// It is open until content is back in the list.
		if !held && b.Return >= 0 && b.Return+2*usualUpdate < w.v.edge {
			return us
		}
		shortest = b.shortest()
	}
	if shortest == 0 {
		shortest = usualUpdate // no ad is listed yet
	}
	if shortest = max(shortest, leastUpdate); us <= 0 || us > shortest {
		return shortest
	}
	return us
}

// shortest is the shortest first segment of the items; 0 where there is none.
func (b *Break) shortest() (least int64) {
	for i := range b.Items {
		a := b.Items[i].Asset
		for k := range a.Renditions {
			if s := a.Renditions[k].Segments; len(s) > 0 && (least == 0 || s[0].Duration < least) {
				least = s[0].Duration
			}
		}
	}
	return least
}

// inserted is by how much the insertions of a static MPD make it longer.
func (w *writer) inserted() int64 {
	var sum int64
	for i := range w.p.Breaks {
		sum += w.insertion(&w.p.Breaks[i])
	}
	return sum
}

// insertion is the length of a break that inserts; 0 where it replaces.
func (w *writer) insertion(b *Break) int64 {
	if w.t.Dynamic() || b.Return != b.Start || len(b.Items) == 0 {
		return 0
	}
	last := &b.Items[len(b.Items)-1]
	return last.Start + last.Asset.Through(last.Segments) - b.Start
}

// clock adds a UTCTiming, as the last element of the MPD but for what follows it in
// the schema. The tail holds the end tag.
func (w *writer) clock() {
	if w.p.Clock == "" || !w.t.Dynamic() || w.t.Clocked {
		return
	}
	w.copied.To = w.t.ClockAt
	w.flush()
	w.dst = append(w.dst, w.t.Indent...)
	w.dst = append(append(append(w.dst, '<'), w.t.Prefix...), `UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="`...)
	w.dst = markup.Append(w.dst, w.p.Clock)
	w.dst = append(w.dst, `"/>`...)
	w.copied = markup.Span{From: w.t.ClockAt, To: w.t.Tail.To}
}
