package sqlite

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/avail"
)

// full makes the disk of a store full until the function it returns is called.
func full(t *testing.T, s *Store) func() {
	t.Helper()
	set := func(pragma string) {
		t.Helper()
		if err := s.submit(t.Context(), func(b *batch) error {
			var n int64
			return b.row("PRAGMA "+pragma, nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	set("max_page_count = 1") // SQLite takes what there is by now
	return sync.OnceFunc(func() { set("max_page_count = 1073741823") })
}

// TestStalledFacts: while the store stalls, facts are answered after a while and
// the same to everybody; none is lost (design: state).
func TestStalledFacts(t *testing.T) {
	dir := t.TempDir()
	m := NewMetrics(prometheus.NewRegistry())
	s, err := Open(dir, Options{Metrics: m, Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	create := func(key, value, want string) {
		t.Helper()
		got, err := s.Create(t.Context(), "o", time.Hour, avail.Fact{Key: key, Value: []byte(value)})
		if err != nil || string(got[0]) != want {
			t.Errorf("create %s=%s: %q, %v, want %q", key, value, got, err, want)
		}
	}
	want := func(n string, count int) {
		t.Helper()
		facts, err := s.Load(t.Context(), "o")
		if err != nil || len(facts) != count {
			t.Errorf("%s: %d facts, %v, want %d", n, len(facts), err, count)
		}
	}
	if _, err := s.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "before", Value: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	resume := stall(t, s)
	defer resume()
	create("before", "2", "1") // what is stored is read all the same
	create("a", "first", "first")
	create("a", "second", "first")
	if err := s.Touch(t.Context(), "o", 2*time.Hour); err != nil {
		t.Errorf("touch: %v", err)
	}
	if rank, value, err := s.Advance(t.Context(), "o", "r", 5, []byte("five")); rank != 5 || string(value) != "five" || err != nil {
		t.Errorf("advance: %d %q %v", rank, value, err)
	}
	want("stalled", 2)
	if err := s.Held(); err == nil {
		t.Error("the store does not say that it holds writes")
	}
	if n := testutil.ToFloat64(m.stalled); n < 3 {
		t.Errorf("the counter says %v", n)
	}
	resume()
	if err := s.submit(t.Context(), func(*batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want("written", 2)
	if err := s.Held(); err != nil {
		t.Errorf("after all was written: %v", err)
	}
	if n := len(s.pending.owners); n != 0 {
		t.Errorf("%d owners are still pending", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, dir, Options{Patience: time.Minute})
	create("a", "third", "first")
	want("after a restart", 2)
}

// TestFullDisk: while the disk is full, operators are told and viewers are
// served; when there is room again, everything is written.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	m := NewMetrics(prometheus.NewRegistry())
	s, err := Open(dir, Options{Metrics: m, Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	mend := full(t, s)
	big := make([]byte, 8<<10)
	if err := s.PutDocument(t.Context(), "k", "id", big); err == nil {
		t.Fatal("a document was put on a full disk")
	}
	const facts = 50
	for i := range facts {
		got, err := s.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Value: big})
		if err != nil || len(got) != 1 || len(got[0]) != len(big) {
			t.Fatalf("fact %d: %v", i, err)
		}
	}
	x := avail.Trigger{Session: "s", Events: avail.Start}
	if added, err := s.Widen(t.Context(), x, time.Hour); added != avail.Start || err != nil {
		t.Errorf("a trigger: %v, %v", added, err)
	}
	if err := s.PutDocument(t.Context(), "k", "id", big); err == nil {
		t.Error("a document was put on a full disk that others wait for")
	}
	if got, err := s.Load(t.Context(), "o"); err != nil || len(got) != facts {
		t.Errorf("%d facts, %v", len(got), err)
	}
	mend()
	if err := s.PutDocument(t.Context(), "k", "id", big); err != nil {
		t.Errorf("a document with room again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := testutil.ToFloat64(m.lost); n != 0 {
		t.Errorf("%v writes are lost", n)
	}
	s = openIn(t, dir, Options{Patience: time.Minute})
	if got, err := s.Load(t.Context(), "o"); err != nil || len(got) != facts {
		t.Errorf("after a restart: %d facts, %v", len(got), err)
	}
	if added, err := s.Widen(t.Context(), x, time.Hour); added != 0 || err != nil {
		t.Errorf("the trigger is lost: %v, %v", added, err)
	}
}
