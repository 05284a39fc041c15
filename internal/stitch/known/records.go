package known

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/few"
	"stitcher/internal/stitch/prefetches"
	"stitcher/internal/stitch/records"
)

// Records are the records of a session, as far as a node knows them and they are not summed up.
// The zero value knows nothing. It is not safe for concurrent use but for Prefetches.
type Records struct {
	// Rev is the revision of the session up to which they are known.
	Rev int64
	// Refers is the revision of the ledger that they refer to; 0 if no record names one.
	Refers int64
	// Begins are, by epoch, the reference's first segments in the session's first answers.
	Begins few.Map[int, int64]
	// Decisions and Settlements are those that the engine has not taken yet.
	Decisions   few.Map[avail.Key, avail.Decision]
	Settlements few.Map[avail.Key, avail.Settlement]
	// Late are the numbers up to which avails were shown as content before their pods.
	Late few.Map[avail.Key, int64]
	// Fold sums up the avails before the others; nil before there is one.
	Fold *records.Fold
	// first are the revisions at which the first records of the others were written.
	first few.Map[avail.Key, int64]
	// Accounts are the avails whose accounts are closed.
	Accounts few.Map[avail.Key, bool]
	// Asked are the avails, by name, whose decisions other nodes have begun.
	Asked few.Map[string, bool]
	// Edge is the live edge at the session's start, in stream time; 0 if nothing needs it.
	Edge int64
	// Entered is set once it is recorded what the session begins with.
	Entered bool
	// Own are the avails that the session alone has, in order.
	Own []*Own
	// Prefetches are what was retrieved for avails to come.
	Prefetches prefetches.Sets

	merged merged
}

// Note remembers at which revision the first record of an avail was written.
func (k *Records) Note(key avail.Key, rev int64) {
	if _, ok := k.first.Get(key); !ok {
		k.first.Put(key, rev)
	}
}

// RevBefore is a revision after which all records of the avails from a place on
// were written.
func (k *Records) RevBefore(from avail.Key) int64 {
	rev := k.Rev
	for _, x := range k.first {
		key, first := x.Key, x.Value
		if key.Epoch > from.Epoch || key.Epoch == from.Epoch && key.Sequence >= from.Sequence {
			rev = min(rev, first-1)
		}
	}
	return rev
}

// Spans has the avails of a stream by epoch; ledger.Stream does.
type Spans interface {
	Spans(epoch int) []*origin.Span
}

// Index counts the avails of the stream before a place, since the session started:
// [avail.index]. It follows from the ledger, so that avails that are decided at
// once differ, and a process that was started again goes on with the numbers.
func (k *Records) Index(stream Spans, before avail.Key) int {
	n, from := 0, avail.Key{}
	if f := k.Fold; f != nil {
		n, from = f.Count, avail.Key{Epoch: f.Epoch, Sequence: f.Before}
	}
	for _, x := range k.Begins {
		epoch, begin := x.Key, x.Value
		if epoch > before.Epoch || epoch < from.Epoch {
			continue
		}
		for _, sp := range stream.Spans(epoch) {
			if epoch == before.Epoch && sp.Sequence >= before.Sequence {
				break
			}
			if epoch == from.Epoch && sp.Sequence < from.Sequence {
				continue
			}
			if sp.Static || sp.End == origin.Open || sp.End > begin {
				n++
			}
		}
	}
	return n
}

// SumUp takes a stored fold: the records of the avails that it sums up leave memory. It answers
// false if as much was summed up before.
func (k *Records) SumUp(f records.Fold) bool {
	if old := k.Fold; old != nil && old.Rank() >= f.Rank() {
		return false
	}
	k.Fold, k.Edge, k.Entered = &f, f.Edge, true
	k.Begins.Put(f.Epoch, f.Begin)
	k.Begins.Drop(func(epoch int) bool { return epoch < f.Epoch })
	k.Prefetches.SetLastEnd(f.LastEnd)
	k.Decisions.Drop(f.Covers)
	k.Settlements.Drop(f.Covers)
	k.Late.Drop(f.Covers)
	k.Accounts.Drop(f.Covers)
	k.first.Drop(f.Covers)
	k.Asked.Drop(func(name string) bool {
		key, err := avail.ParseKey(name)
		return err != nil || f.Covers(key)
	})
	kept := k.Own[:0:0]
	for _, o := range k.Own {
		if !f.Covers(o.Key) {
			kept = append(kept, o)
		}
	}
	k.Own = kept
	return true
}
