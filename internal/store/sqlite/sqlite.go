// Package sqlite is the embedded store: one file, one writer. All writes that
// wait go into one transaction with one fsync, so durability costs a viewer a
// few milliseconds at worst and the disk a bounded number of syncs (design:
// state). It implements what the packages above ask for.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// Options are the rules of a Store. The zero value is for production.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// SweepEvery is how often what has expired is removed; 0 is a minute.
	SweepEvery time.Duration
}

// Store is the embedded store. It is safe for use by many goroutines.
type Store struct {
	read  *sql.DB
	write *sql.DB
	now   func() time.Time
	queue chan *job
	stop  chan struct{}
	once  sync.Once
	done  sync.WaitGroup
}

// errClosed is the answer to writes after Close.
var errClosed = errors.New("the store is closed")

const schema = `
CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_expires ON owners (expires) WHERE expires > 0;
CREATE TABLE IF NOT EXISTS facts (seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS facts_key ON facts (owner, key);
CREATE TABLE IF NOT EXISTS registers (owner TEXT NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS triggers (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
	events INTEGER NOT NULL, sent INTEGER NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL, leased INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL,
	UNIQUE (session, epoch, sequence, ad));
CREATE INDEX IF NOT EXISTS triggers_due ON triggers (due) WHERE sent <> events;
CREATE INDEX IF NOT EXISTS triggers_expires ON triggers (expires) WHERE sent = events;
CREATE TABLE IF NOT EXISTS retries (
	session TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, ad INTEGER NOT NULL,
	event INTEGER NOT NULL, url TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, done INTEGER NOT NULL,
	PRIMARY KEY (session, epoch, sequence, ad, event, url)) WITHOUT ROWID;
`

// Open opens the store in dir, made if it is missing.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	file := filepath.Join(dir, "stitcher.db")
	open := func(conns int) (*sql.DB, error) {
		db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)&_txlock=immediate")
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", file, err)
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		return db, nil
	}
	s := &Store{now: o.Now, queue: make(chan *job, 4096), stop: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.write, err = open(1); err != nil {
		return nil, err
	}
	if _, err := s.write.Exec(schema); err != nil {
		_ = s.write.Close()
		return nil, fmt.Errorf("set up %s: %w", file, err)
	}
	if s.read, err = open(max(4, runtime.NumCPU())); err != nil {
		_ = s.write.Close()
		return nil, err
	}
	if o.SweepEvery == 0 {
		o.SweepEvery = time.Minute
	}
	s.done.Add(2)
	go s.writer()
	go s.sweeper(o.SweepEvery)
	return s, nil
}

// Close waits for the writes under way and closes the store.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.stop) })
	s.done.Wait()
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping answers whether the store does.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}
