// Package sqlite implements the contracts of package store in one file. One
// goroutine writes: all writes that wait go into one transaction with one fsync, so
// durability costs a viewer a few milliseconds at worst and the disk a bounded
// number of syncs (design: state). A write that the disk does not take fails with
// store.ErrUnavailable; package spool keeps it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store/sqlite/blocks"
	"stitcher/internal/store/sqlite/database"
)

// Options are the rules of a Store. The zero value is for production.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// SweepEvery is how often what has expired is removed; 0 is a minute.
	SweepEvery time.Duration
	// Retention is how long the roll-ups of hours are kept; 0 is 30 days.
	Retention time.Duration
	// MaxBytes is the size from which on Full reports that the store is full; 0 is no
	// limit.
	MaxBytes int64
	// Metrics may be nil.
	Metrics *Metrics
	// Log may be nil.
	Log *slog.Logger
}

// Store is the embedded store. It is safe for use by many goroutines.
type Store struct {
	db        *database.DB
	readers   readers
	now       func() time.Time
	retention time.Duration
	log       *slog.Logger
	folding   sync.Mutex
	max       int64 // Options.MaxBytes
	// stop ends the goroutines that done waits for.
	stop chan struct{}
	once sync.Once
	done sync.WaitGroup
}

// batch is a transaction under way.
type batch struct{ *database.Batch }

// submit has a write done in the next transaction and waits until it is durable, as
// database.DB.Submit says.
func (s *Store) submit(ctx context.Context, do func(b *batch) error) error {
	return s.db.Submit(ctx, func(b *database.Batch) error { return do(&batch{b}) })
}

// fileName is the database, in the data directory.
const fileName = "stitcher.db"

// Open opens the store in dir, made if it is missing.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	s := &Store{now: o.Now, retention: o.Retention, log: o.Log, max: o.MaxBytes, stop: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	if s.retention == 0 {
		s.retention = 30 * 24 * time.Hour
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.SweepEvery == 0 {
		o.SweepEvery = time.Minute
	}
	var err error
	s.db, err = database.Open(filepath.Join(dir, fileName), database.Options{
		Migrations: migrations, Last: blocks.Journal, Now: s.now,
		Opened:  func(read *sql.DB) error { return s.readers.prepare(context.Background(), read) },
		Commits: o.Metrics.commits, Writes: o.Metrics.writes, Size: o.Metrics.bytes, Log: s.log,
	})
	if err != nil {
		return nil, errors.Join(err, s.readers.close())
	}
	s.done.Add(2)
	go s.sweeper(o.SweepEvery)
	go s.folder()
	return s, nil
}

// Close waits for the writes under way and closes the store. It may be called
// again.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.stop)
		err = s.db.Close(func() error {
			s.done.Wait()
			return s.readers.close()
		})
	})
	return err
}

// Ping answers whether the store does.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.db.Read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}
