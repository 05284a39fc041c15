package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
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
	if _, err := s.enqueue(t.Context(), func(*batch) error { once(); <-end; return nil }); err != nil {
		t.Fatal(err)
	}
	<-begun
	return sync.OnceFunc(func() { close(end) })
}

// TestNeighbours: all the jobs of a batch but the failing ones are done, once.
func TestNeighbours(t *testing.T) {
	s := open(t, Options{})
	resume := stall(t, s)
	bad := errors.New("bad")
	var jobs []*job
	for i := range 20 {
		j, err := s.enqueue(t.Context(), func(b *batch) error {
			if _, err := b.exec("INSERT INTO documents (kind, id, doc, version) VALUES ('k', ?, x'00', 1)", fmt.Sprint(i)); err != nil {
				return err
			}
			if i%7 == 3 {
				return bad
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, j)
	}
	resume()
	for i, j := range jobs {
		err := s.await(t.Context(), j)
		doc, _ := s.Document(t.Context(), "k", fmt.Sprint(i))
		if i%7 == 3 && (!errors.Is(err, bad) || doc.Version != 0) || i%7 != 3 && (err != nil || doc.Version == 0) {
			t.Errorf("job %d: %v, document %v", i, err, doc)
		}
	}
}

// TestUncommitted: readers see nothing of a transaction that is under way.
func TestUncommitted(t *testing.T) {
	s := open(t, Options{})
	end := make(chan struct{})
	wrote := make(chan struct{})
	j, err := s.enqueue(t.Context(), func(b *batch) error {
		_, err := b.exec("INSERT INTO documents (kind, id, doc, version) VALUES ('k', 'id', x'00', 1)")
		close(wrote)
		<-end
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-wrote
	if doc, err := s.Document(t.Context(), "k", "id"); doc.Version != 0 || err != nil {
		t.Errorf("before the commit: %v, %v", doc, err)
	}
	close(end)
	if err := s.await(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if doc, err := s.Document(t.Context(), "k", "id"); doc.Version == 0 || err != nil {
		t.Errorf("after the commit: %v, %v", doc, err)
	}
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
					if !errors.Is(err, errClosed) {
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

// TestWALBounded: the log is folded back once a reader that kept it is gone, and
// a reader that stays holds up nobody for long.
func TestWALBounded(t *testing.T) {
	s := open(t, Options{})
	if err := s.submit(t.Context(), func(*batch) error { s.walLimit = 8 << 20; return nil }); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(s.file + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	write := func() {
		t.Helper()
		doc := make([]byte, 1<<20)
		for i := range 12 {
			if _, err := s.PutDocument(t.Context(), "k", fmt.Sprint(i), store.AnyVersion, doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	reader, err := s.read.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM documents").Scan(&n); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	write()
	if n := size(); n < 8<<20 {
		t.Fatalf("the log has only %d bytes: this tests nothing", n)
	}
	if took := time.Since(begun); took > lockPatience {
		t.Errorf("a reader held 12 writes up for %s", took)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.submit(t.Context(), func(*batch) error { s.checkpointed = time.Time{}; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutDocument(t.Context(), "k", "last", store.AnyVersion, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutDocument(t.Context(), "k", "after", store.AnyVersion, nil); err != nil { // the log is folded back between commits
		t.Fatal(err)
	}
	if n := size(); n > 1<<20 {
		t.Errorf("the log still has %d bytes", n)
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
		if err := s.read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
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
