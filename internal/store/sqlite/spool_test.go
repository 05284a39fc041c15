package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/spool"
)

// full makes the disk of a store full until the function it returns is called.
func full(t *testing.T, s *Store) func() {
	t.Helper()
	set := func(pragma string) {
		t.Helper()
		if err := s.submit(t.Context(), func(b *batch) error {
			var n int64
			return b.Row("PRAGMA "+pragma, nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	set("max_page_count = 1") // SQLite takes what there is by now
	return sync.OnceFunc(func() { set("max_page_count = 1073741823") })
}

// TestStalled: while the disk stalls, facts and triggers are answered after a while
// and the same to everybody; all are written when it goes on.
func TestStalled(t *testing.T) {
	s := open(t, Options{})
	p := spool.New(s, spool.Options{Patience: time.Second}) // reads take as long on a busy machine
	if _, err := p.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "before", Value: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	resume := stall(t, s)
	defer resume()
	for _, c := range []struct{ key, value, want string }{
		{"before", "2", "1"}, // what is stored is read all the same
		{"a", "first", "first"}, {"a", "second", "first"},
	} {
		got, err := p.Create(t.Context(), "o", time.Hour, avail.Fact{Key: c.key, Value: []byte(c.value)})
		if err != nil || string(got[0].Value) != c.want {
			t.Errorf("%s=%s is answered %+v, %v", c.key, c.value, got, err)
		}
	}
	x := avail.Trigger{Session: "s", Events: avail.Start}
	if added, err := p.Widen(t.Context(), x, time.Hour); added != avail.Start || err != nil {
		t.Errorf("a trigger is answered %v, %v", added, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Create(ctx, "o", 0, avail.Fact{Key: "b"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that is gone is answered %v", err)
	}
	resume()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, _, err := s.Since(t.Context(), "o", 0); err != nil || len(list) != 2 || string(list[1].Value) != "first" {
		t.Errorf("the store has %+v, %v", list, err)
	}
	if added, err := s.Widen(t.Context(), x, time.Hour); added != 0 || err != nil {
		t.Errorf("the trigger is lost: %v, %v", added, err)
	}
}

// TestFullDisk: while the disk is full, operators are told and viewers are
// served; when there is room again, everything is written.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	p := spool.New(s, spool.Options{Metrics: spool.NewMetrics(reg), RetryEvery: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { p.Run(ctx) })
	mend := full(t, s)
	const count = 50
	big := make([]byte, 8<<10)
	for i := range count {
		got, err := p.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Value: big})
		if err != nil || len(got) != 1 || len(got[0].Value) != len(big) {
			t.Fatalf("fact %d: %v", i, err)
		}
	}
	x := avail.Trigger{Session: "s", Events: avail.Start}
	if added, err := p.Widen(t.Context(), x, time.Hour); added != avail.Start || err != nil {
		t.Errorf("a trigger: %v, %v", added, err)
	}
	if _, err := s.Create(t.Context(), "p", time.Hour, avail.Fact{Key: "k", Value: make([]byte, 1<<20)}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the store answers %v", err)
	}
	if list, _, err := p.Since(t.Context(), "o", 0); err != nil || len(list) != count {
		t.Errorf("%d facts are read, %v", len(list), err)
	}
	// What makes room must not share a transaction with a write that has no room yet:
	// the spool's own tries end first, and what they left in the queue.
	stop()
	run.Wait()
	_ = s.submit(t.Context(), func(*batch) error { return nil }) // full or not, it comes last
	mend()
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	const lost = "stitcher_store_lost_writes_total"
	if err := testutil.GatherAndCompare(reg, strings.NewReader("# HELP "+lost+" Writes dropped because the spool was full.\n# TYPE "+lost+" counter\n"+lost+" 0\n"), lost); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, dir, Options{})
	if list, _, err := s.Since(t.Context(), "o", 0); err != nil || len(list) != count {
		t.Errorf("after a restart there are %d facts, %v", len(list), err)
	}
	if added, err := s.Widen(t.Context(), x, time.Hour); added != 0 || err != nil {
		t.Errorf("the trigger is lost: %v, %v", added, err)
	}
}
