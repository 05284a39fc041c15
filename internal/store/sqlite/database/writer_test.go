package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// open opens a database of documents.
func open(t *testing.T) *DB {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{
		Migrations: []string{"CREATE TABLE documents (id TEXT PRIMARY KEY, doc BLOB)"},
		Opened:     func(*sql.DB) error { return nil }, Last: func(*Batch) error { return nil }, Now: time.Now,
		Commits: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "test_commit_seconds", Help: "Commits."}), Writes: prometheus.NewCounter(prometheus.CounterOpts{Name: "test_writes_total", Help: "Writes."}),
		Size: prometheus.NewGauge(prometheus.GaugeOpts{Name: "test_bytes", Help: "Size."}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(func() error { return nil }); err != nil {
			t.Error(err)
		}
	})
	return s
}

// put stores a document.
func put(t *testing.T, s *DB, id string, doc []byte) {
	t.Helper()
	err := s.Submit(t.Context(), func(b *Batch) error {
		_, err := b.Exec("INSERT INTO documents (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc", id, doc)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// has is whether a document is there.
func has(t *testing.T, s *DB, id string) bool {
	t.Helper()
	var n int
	if err := s.Read.QueryRow("SELECT count(*) FROM documents WHERE id = ?", id).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// stall has the writer wait until the function it returns is called.
func stall(t *testing.T, s *DB) func() {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	if _, err := s.enqueue(t.Context(), func(*Batch) error { once(); <-end; return nil }); err != nil {
		t.Fatal(err)
	}
	<-begun
	return sync.OnceFunc(func() { close(end) })
}

// TestNeighbours: all the jobs of a batch but the failing ones are done, once.
func TestNeighbours(t *testing.T) {
	s := open(t)
	resume := stall(t, s)
	bad := errors.New("bad")
	var jobs []*job
	for i := range 20 {
		j, err := s.enqueue(t.Context(), func(b *Batch) error {
			if _, err := b.Exec("INSERT INTO documents (id, doc) VALUES (?, x'00')", fmt.Sprint(i)); err != nil {
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
		there := has(t, s, fmt.Sprint(i))
		if i%7 == 3 && (!errors.Is(err, bad) || there) || i%7 != 3 && (err != nil || !there) {
			t.Errorf("job %d: %v, document %v", i, err, there)
		}
	}
}

// TestUncommitted: readers see nothing of a transaction that is under way.
func TestUncommitted(t *testing.T) {
	s := open(t)
	end := make(chan struct{})
	wrote := make(chan struct{})
	j, err := s.enqueue(t.Context(), func(b *Batch) error {
		_, err := b.Exec("INSERT INTO documents (id, doc) VALUES ('id', x'00')")
		close(wrote)
		<-end
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-wrote
	if has(t, s, "id") {
		t.Error("it is read before the commit")
	}
	close(end)
	if err := s.await(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if !has(t, s, "id") {
		t.Error("it is not read after the commit")
	}
}

// TestWALBounded: the log is folded back once a reader that kept it is gone, and
// a reader that stays holds up nobody for long.
func TestWALBounded(t *testing.T) {
	s := open(t)
	if err := s.Submit(t.Context(), func(*Batch) error { s.walLimit = 8 << 20; return nil }); err != nil {
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
			put(t, s, fmt.Sprint(i), doc)
		}
	}
	reader, err := s.Read.Begin()
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
	if err := s.Submit(t.Context(), func(*Batch) error { s.checkpointed = time.Time{}; return nil }); err != nil {
		t.Fatal(err)
	}
	put(t, s, "last", nil)
	put(t, s, "after", nil) // the log is folded back between commits
	if n := size(); n > 1<<20 {
		t.Errorf("the log still has %d bytes", n)
	}
}

// TestWayOutOfFullDisk: what SQLite says of a full disk comes with the way out.
func TestWayOutOfFullDisk(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "full.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"CREATE TABLE t (v BLOB)", "PRAGMA max_page_count = 2"} {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.ExecContext(context.Background(), "INSERT INTO t VALUES (zeroblob(100000))")
	if err == nil || !strings.Contains(wayOut(err), "make room") {
		t.Errorf("the way out of %v is %q", err, wayOut(err))
	}
	if way := wayOut(context.Canceled); way != "" {
		t.Errorf("the way out of another error is %q", way)
	}
}
