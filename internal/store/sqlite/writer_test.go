package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

func open(t testing.TB, o Options) *Store {
	t.Helper()
	return openIn(t, t.TempDir(), o)
}

func openIn(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// stall has the writer wait until the function it returns is called.
func stall(t *testing.T, s *Store) func() {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	go func() {
		_ = s.submit(context.WithoutCancel(t.Context()), func(*batch) error { once(); <-end; return nil })
	}()
	<-begun
	return sync.OnceFunc(func() { close(end) })
}

// TestCloseWithWrites: whoever was told that a write is done finds it, everybody
// is told something, and nobody waits for ever.
func TestCloseWithWrites(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var done []string
	var count atomic.Int64
	enough := make(chan struct{})
	for w := range 32 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d", w, i)
				if _, err := s.PutDocument(context.Background(), "k", id, store.AnyVersion, nil); err != nil {
					if !errors.Is(err, database.ErrClosed) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				done = append(done, id)
				mu.Unlock()
				if count.Add(1) == 500 {
					close(enough)
				}
			}
		})
	}
	<-enough
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range done {
		if doc, err := s.Document(t.Context(), "k", id); doc.Version == 0 || err != nil {
			t.Errorf("%s is lost: %v", id, err)
		}
	}
}

// TestSweep: what has expired is removed for good, unsent triggers are not.
func TestSweep(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Now: func() time.Time { return now }, SweepEvery: time.Hour})
	for i := range 2*sweepStep + 5 {
		if _, err := s.Create(t.Context(), fmt.Sprint(i), time.Minute, avail.Fact{Key: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	x := avail.Trigger{Session: "unsent", Events: avail.Start}
	y := avail.Trigger{Session: "sent", Events: avail.Start}
	for _, x := range []avail.Trigger{x, y} {
		if _, err := s.Widen(t.Context(), x, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Settle(t.Context(), store.Claim{Trigger: y}, avail.Start, nil, 0); err != nil {
		t.Fatal(err)
	}
	if n := s.sweep(t.Context()); n != 0 {
		t.Errorf("swept %d of what lives", n)
	}
	now = now.Add(time.Minute + store.Remains)
	for n := 1; n > 0; {
		n = s.sweep(t.Context())
	}
	for table, want := range map[string]int{"owners": 0, "facts": 0, "triggers": 1} {
		var n int
		if err := s.db.Read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, want %d (%v)", table, n, want, err)
		}
	}
}

func BenchmarkWiden(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			s := open(b, Options{})
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							return
						}
						if _, err := s.Widen(context.Background(), avail.Trigger{Session: fmt.Sprint(i), Events: avail.Start, At: i}, time.Hour); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}
