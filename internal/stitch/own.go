package stitch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// own is an avail that only one session has: the pre-roll of a live stream, or
// a break that a VMAP document puts into an asset without markers. Its span is
// the session's, with the boundaries that its pod needs.
type own struct {
	*origin.Span
	decision avail.Decision
	// fixed is set once the return is known on both sides.
	fixed bool
}

func newOwn(rec records.PreRoll) *own {
	a := rec.Avail
	return &own{decision: rec.Decision, Span: &origin.Span{
		Avail: a, Bounds: []origin.Bound{{Sequence: a.Sequence, Time: a.Start, Before: a.Before}},
		End: origin.Open, After: origin.Unknown,
	}}
}

// recallOwn reads the records of own avails.
func (s *Playback) recallOwn(kind, name string, f avail.Fact) error {
	if kind == "own" {
		var rec records.PreRoll
		if err := records.Decode(f.Value, &rec); err != nil {
			return err
		}
		s.known.note(rec.Avail.Key, f.Rev)
		s.addEntry(rec)
		return nil
	}
	key, err := avail.ParseKey(name)
	if err != nil {
		return err
	}
	var rec records.Return
	if err := records.Decode(f.Value, &rec); err != nil {
		return err
	}
	for _, o := range s.own {
		if o.Key == key && !o.fixed {
			o.Bounds, o.End, o.After, o.fixed = rec.Bounds, rec.End, rec.After, true
		}
	}
	return nil
}

// addEntry takes what the session begins with: a pre-roll, or content where the
// record is empty.
func (s *Playback) addEntry(rec records.PreRoll) {
	if s.known.entered {
		return
	}
	s.known.entered = true
	if len(rec.Decision.Items) > 0 {
		s.own = append(s.own, newOwn(rec))
	}
	if s.entry != nil {
		s.entry.settle()
	}
}

// Spans are the avails of an epoch for this session, in order: the stream's and
// its own.
func (s *Playback) Spans(epoch int) []*origin.Span {
	shared := s.Stream.Spans(epoch)
	if len(s.own) == 0 {
		return shared
	}
	if m := &s.merged; m.epoch == epoch && m.own == len(s.own) && len(m.shared) == len(shared) &&
		(len(shared) == 0 || &m.shared[0] == &shared[0]) {
		return m.list // spans are replaced, never edited
	}
	list := append(make([]*origin.Span, 0, len(shared)+len(s.own)), shared...)
	for _, o := range s.own {
		if o.Epoch == epoch {
			list = append(list, o.Span)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Sequence < list[j].Sequence })
	s.merged = merged{epoch: epoch, own: len(s.own), shared: shared, list: list}
	return list
}

// span is the session's avail with a key; nil where it has left the ledger. The order of
// spans makes it cost the same at any age of the stream.
func (s *Playback) span(key avail.Key) *origin.Span {
	list := s.Spans(key.Epoch)
	i, ok := slices.BinarySearchFunc(list, key.Sequence, func(sp *origin.Span, at int64) int { return cmp.Compare(sp.Sequence, at) })
	if !ok {
		return nil
	}
	return list[i]
}

// merged is what spans made last, and of what.
type merged struct {
	epoch, own   int
	shared, list []*origin.Span
}

// ownOf is the own avail behind a span, nil if it is the stream's.
func (s *Playback) ownOf(sp *origin.Span) *own {
	for _, o := range s.own {
		if o.Span == sp {
			return o
		}
	}
	return nil
}

// follow adds what a view of the reference shows of an own avail that is not
// over: the boundaries in it and after it, and, once f has returned, the number
// with which content goes on.
func (s *Playback) follow(ctx context.Context, o *own, f *pods.Fill, ref *origin.View) error {
	if o.fixed || o.Static {
		return nil
	}
	if f != nil && f.Content { // nothing was replaced: it is over where it begins
		o.Bounds, o.End, o.After, o.fixed = o.Bounds[:1], o.Sequence, origin.Unknown, true
		return nil
	}
	last := o.Bounds[len(o.Bounds)-1].Sequence
	if head := ref.Head(); head > last {
		o.Bounds = append(o.Bounds, origin.Bound{Sequence: head, Time: ref.Start(), Before: ref.NumberBefore(0)})
		last = head
	}
	for i := max(0, ref.Index(last)); i < len(ref.Segments); i++ {
		o.Bounds = append(o.Bounds, origin.Bound{
			Sequence: ref.Position(i + 1), Time: ref.Times[i] + ref.Segments[i].Duration, Before: ref.Segments[i].Number,
		})
	}
	if f == nil || f.Content || f.Back == pods.Unknown {
		return nil
	}
	i := ref.Index(f.Back)
	if i >= len(ref.Segments) {
		return nil
	}
	after := ref.NumberBefore(0)
	if i >= 0 {
		after = ref.Segments[i].Number
	}
	return s.fix(ctx, o, f, after)
}

// fix records the return of an own avail.
func (s *Playback) fix(ctx context.Context, o *own, f *pods.Fill, after int64) error {
	rec := records.Return{End: f.Back, After: after}
	for _, b := range o.Bounds {
		if b.Sequence == o.Sequence || b.Sequence == f.Back {
			rec.Bounds = append(rec.Bounds, b)
		}
	}
	if o.Timed {
		rec.Bounds = append(o.Bounds[:1:1], origin.Bound{Sequence: f.Back, Time: f.BackTime})
	}
	var stored records.Return
	if err := s.record(ctx, "return/"+o.Key.String(), rec, &stored); err != nil {
		return err
	}
	o.Bounds, o.End, o.After, o.fixed = stored.Bounds, stored.End, stored.After, true
	return nil
}

// place adds the breaks of a decision on a whole asset to the session's avails.
// The asset has ended, so its newest view says all of them.
func (s *Playback) place(sp *origin.Span, breaks []avail.Break, ref *origin.View) error {
	for _, b := range breaks {
		i := ref.Index(b.Sequence)
		if i < 0 || i > len(ref.Segments) {
			return fmt.Errorf("break %q of avail %s: the title has no segment %d", b.ID, sp.Key, b.Sequence)
		}
		a := avail.Avail{
			Key: avail.Key{Epoch: sp.Epoch, Sequence: b.Sequence}, Start: ref.Times[i], Static: true, Timed: sp.Timed, Seen: sp.Seen,
			EventID: b.ID, Before: ref.Segments[len(ref.Segments)-1].Number,
		}
		after := origin.Unknown
		if i < len(ref.Segments) {
			a.Before, after = ref.NumberBefore(i), ref.Segments[i].Number
		}
		o := newOwn(records.PreRoll{Avail: a, Decision: b.Decision})
		o.End, o.After, o.Cause = b.Sequence, after, origin.EndAnnounced
		s.own = append(s.own, o)
	}
	return nil
}

// atSegments puts the breaks of a decision on a whole asset at the starts of
// segments, the last that are not after their times (reference §3.3). Those at
// the asset's start join its first pod.
func atSegments(d *avail.Decision, ref *origin.View) {
	kept := make([]avail.Break, 0, len(d.Breaks))
	for _, b := range d.Breaks {
		i := sort.Search(len(ref.Times), func(i int) bool { return ref.Times[i]-ref.Start() > b.At+fitSlack }) - 1
		b.Sequence = ref.Position(max(i, 0))
		switch n := len(kept); {
		case i <= 0:
			d.Join(b.Decision)
		case n > 0 && kept[n-1].Sequence == b.Sequence:
			kept[n-1].Join(b.Decision)
		default:
			kept = append(kept, b)
		}
	}
	d.Breaks = kept
}
