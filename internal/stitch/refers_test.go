package stitch

import (
	"context"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/records"
)

// ledgerReads counts the reads of ledgers.
type ledgerReads struct {
	*lostStore
	n int
}

func (c *ledgerReads) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, ledger.Owner("")) {
		c.n++
	}
	return c.lostStore.Since(ctx, owner, rev)
}

// another is a node that has a ledger of its own in memory, and reads the session when it
// is asked for it.
func (w *lonely) another(t *testing.T) (*Playback, *ledgerReads) {
	t.Helper()
	reads := &ledgerReads{lostStore: w.store}
	stream, err := ledger.Open(t.Context(), reads, "c", ledger.Options{Maximum: 300e6, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	reads.n = 0
	x := &Playback{Session: w.a.Session, Layout: w.a.Layout, Stream: stream, Facts: reads, env: &Env{Now: w.a.env.Now, Log: w.a.env.Log, Shared: true, Node: "c"}}
	return x, reads
}

// open has a node read the session.
func (w *lonely) open(t *testing.T, x *Playback) {
	t.Helper()
	stored, rev, err := w.store.Since(t.Context(), records.SessionOwner("x"), 0)
	if err == nil {
		err = x.recall(stored, rev)
	}
	if err == nil {
		err = x.catchUp(t.Context(), true)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLedgerReadOnce: a node that reads a session reads the ledger only where the session's
// records refer to entries that it does not know.
func TestLedgerReadOnce(t *testing.T) {
	w := newLonely(t)
	late, lateReads := w.another(t)
	ref := w.view(t, 1012)
	w.ask(t, w.a, ref)
	w.answer(w.a)
	w.want(t, w.a, ref, 1020, nil, "ads")
	known, knownReads := w.another(t)

	w.open(t, known)
	if knownReads.n != 0 {
		t.Errorf("a node that knows the ledger has read it %d times", knownReads.n)
	}
	w.open(t, late)
	if lateReads.n != 1 || len(late.Stream.Spans(0)) == 0 {
		t.Errorf("a node that does not know an avail of the session has read the ledger %d times, and knows %d", lateReads.n, len(late.Stream.Spans(0)))
	}
	w.open(t, late)
	if lateReads.n != 1 {
		t.Errorf("it has read the ledger %d times, want once", lateReads.n)
	}
}

// TestRefersToHeld: records that were written while the store was away may refer to entries of
// the ledger that come into the store later. A node that reads them reads the ledger.
func TestRefersToHeld(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	known, reads := w.another(t)
	w.open(t, known)
	if reads.n != 0 {
		t.Fatalf("the ledger was read %d times before the outage", reads.n)
	}
	w.lose()
	w.want(t, w.a, w.view(t, 1012), 1020, nil, string(avail.StoreAway))
	w.recover(t)
	w.open(t, known)
	if reads.n != 1 {
		t.Errorf("after an outage the ledger was read %d times, want once", reads.n)
	}
}
