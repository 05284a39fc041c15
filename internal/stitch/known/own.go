package known

import (
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Own is an avail that only one session has: the pre-roll of a live stream, or
// a break that a VMAP document puts into an asset without markers. Its span is
// the session's, with the boundaries that its pod needs.
type Own struct {
	*origin.Span
	// Decision is what fills it.
	Decision avail.Decision
	// fixed is set once the return is known on both sides.
	fixed bool
}

func newOwn(rec records.PreRoll) *Own {
	a := rec.Avail
	return &Own{Decision: rec.Decision, Span: &origin.Span{
		Avail: a, Bounds: []origin.Bound{{Sequence: a.Sequence, Time: a.Start, Before: a.Before}},
		End: origin.Open, After: origin.Unknown,
	}}
}

// Enter takes what the session begins with: a pre-roll, or content if the
// record is empty. It answers false if it was known.
func (k *Records) Enter(rec records.PreRoll) bool {
	if k.Entered {
		return false
	}
	k.Entered = true
	if len(rec.Decision.Items) > 0 {
		k.Own = append(k.Own, newOwn(rec))
	}
	return true
}

// Place adds the breaks of a decision on a whole asset to the session's avails; sp is the avail
// that was decided. The asset has ended, so its newest view shows all of them.
func (k *Records) Place(sp *origin.Span, breaks []avail.Break, ref *origin.View) error {
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
		k.Own = append(k.Own, o)
	}
	return nil
}

// OwnOf is the own avail behind a span; nil if the avail is the stream's.
func (k *Records) OwnOf(sp *origin.Span) *Own {
	for _, o := range k.Own {
		if o.Span == sp {
			return o
		}
	}
	return nil
}

// Follow adds what a view of the reference shows of an avail that is not over: the boundaries in
// it and after it. f is its fill, nil before there is one. Once f has returned, it answers the
// record of the return.
func (o *Own) Follow(f *pods.Fill, ref *origin.View) (rec records.Return, returned bool) {
	if o.fixed || o.Static {
		return rec, false
	}
	if f != nil && f.Content { // nothing was replaced: it is over where it begins
		o.Bounds, o.End, o.After, o.fixed = o.Bounds[:1], o.Sequence, origin.Unknown, true
		return rec, false
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
		return rec, false
	}
	i := ref.Index(f.Back)
	if i >= len(ref.Segments) {
		return rec, false
	}
	after := ref.NumberBefore(0)
	if i >= 0 {
		after = ref.Segments[i].Number
	}
	return o.returning(f, after), true
}

// returning is the record of the return of f; after is the discontinuity number with which
// content goes on.
func (o *Own) returning(f *pods.Fill, after int64) records.Return {
	rec := records.Return{End: f.Back, After: after}
	if o.Timed {
		rec.Bounds = append(o.Bounds[:1:1], origin.Bound{Sequence: f.Back, Time: f.BackTime})
		return rec
	}
	for _, b := range o.Bounds {
		if b.Sequence == o.Sequence || b.Sequence == f.Back {
			rec.Bounds = append(rec.Bounds, b)
		}
	}
	return rec
}

// Fix takes the record of its return, which is final.
func (o *Own) Fix(rec records.Return) {
	o.Bounds, o.End, o.After, o.fixed = rec.Bounds, rec.End, rec.After, true
}
