package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestPrune: the ledger of a channel that is on for days has the avails of the last
// hours, in memory and in the store, and another process reads no more.
func TestPrune(t *testing.T) {
	m := newMemory()
	s := openStream(t, m)
	const every, days = 180, 1 // an avail every three minutes
	n := days * 24 * 3600 / every
	for i := range n {
		at := i * every
		text := fmt.Sprintf("%d@%d 4 4 4o8 4 4i 4", i*45, at)
		v, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, text), epochStart.Add(time.Duration(at)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Accept(t.Context(), "a", "", sketch(t, text), epochStart.Add(time.Duration(at)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		for _, back := range []bool{false, true} {
			q := v.Sequence + 2
			if back {
				q += 2
			}
			if _, ok, err := s.Cut(t.Context(), "a", a, Cut{Sequence: q, Time: v.Times[q-v.Sequence], Back: back}); !ok || err != nil {
				t.Fatalf("cut of avail %d: %v %v", i, ok, err)
			}
		}
	}
	const hours = 2*3600/every + pruneEvery + 1
	if got := len(s.Spans(0)); got > hours || got < 2*3600/every {
		t.Errorf("%d avails are in memory", got)
	}
	if got := len(s.cuts); got > 2*hours {
		t.Errorf("%d cuts are in memory", got)
	}
	facts, _, err := m.Since(t.Context(), "stream/channel", 0)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, f := range facts {
		kind, _, _ := strings.Cut(f.Key, "/")
		count[kind]++
	}
	for kind, k := range count {
		if k > 3*hours {
			t.Errorf("the store has %d facts %s", k, kind)
		}
	}
	if got, want := len(openStream(t, m).Spans(0)), len(s.Spans(0)); got != want {
		t.Errorf("another process reads %d avails, want %d", got, want)
	}
}
