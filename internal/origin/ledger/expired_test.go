package ledger

import (
	"testing"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/store/memory"
)

// expiring is a store whose clock is turned, for a ledger that is kept for a day.
func expiring() (now *time.Time, m *memory.Facts, opt Options) {
	n := epochStart
	now = &n
	m = memory.NewFacts(func() time.Time { return *now })
	opt = Options{Maximum: 60 * second, TTL: 24 * time.Hour}
	return
}

// TestExpiredLedgerEpoch: a ledger that expired because the channel had no viewers for a
// day begins anew with what the process knows, so that the next process can use it.
func TestExpiredLedgerEpoch(t *testing.T) {
	now, m, opt := expiring()
	s, _ := Open(t.Context(), m, "c", opt)
	accept := func(s *Stream, text string) (err error) {
		_, err = s.Accept(t.Context(), origin.Reference, "", sketch(t, text), *now)
		return err
	}
	t.Log(accept(s, "1000@0 4 4 4 4"))
	*now = now.Add(20 * time.Second)
	t.Log(accept(s, "1@20 4 4 4 4")) // the encoder starts again
	*now = now.Add(4 * time.Second)
	t.Log(accept(s, "2@24 4 4 4 4"))
	t.Log("epochs", len(s.epochs))
	*now = now.Add(25 * time.Hour) // without viewers
	t.Log(accept(s, "22503@90028 4 4 4 4"))
	*now = now.Add(4 * time.Second)
	s, err := Open(t.Context(), m, "c", opt) // the process is started again
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("every request of the channel panics: %v", r)
		}
	}()
	if err := accept(s, "22504@90032 4 4 4 4"); err != nil {
		t.Error(err)
	}
}

// TestExpiredLedgerAvail: likewise where the last viewer left in a break.
func TestExpiredLedgerAvail(t *testing.T) {
	now, m, opt := expiring()
	s, _ := Open(t.Context(), m, "c", opt)
	if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "1@0 4 4 4o30 4"), *now); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(25 * time.Hour) // the last viewer left in a break
	if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "22501@90000 4 4 4 4"), *now); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), m, "c", opt); err != nil {
		t.Errorf("no session of the channel can begin: %v", err)
	}
}
