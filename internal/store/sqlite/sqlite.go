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
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	_ "modernc.org/sqlite" // the driver
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
	read      *sql.DB
	readers   readers
	write     *sql.DB
	conn      *sql.Conn // the writer's
	file      string
	now       func() time.Time
	retention time.Duration
	metrics   *Metrics
	log       *slog.Logger
	folding   sync.Mutex
	// size is how many bytes are in use, max is Options.MaxBytes.
	size atomic.Int64
	max  int64
	// What follows up to queue is the writer's alone.
	statements   *statements
	walLimit     int64
	checkpointed time.Time // when the log could not be folded back
	failing      bool      // whether the last transaction failed
	queue        chan *job
	// stop is closed when no more is taken, ended when all that was taken is
	// written.
	stop, ended chan struct{}
	once        sync.Once
	done        sync.WaitGroup
}

// errClosed is the answer to writes after Close.
var errClosed = errors.New("the store is closed")

// fileName is the database, in the data directory.
const fileName = "stitcher.db"

// Open opens the store in dir, made if it is missing.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	file := filepath.Join(dir, fileName)
	s := &Store{
		file: file, walLimit: walLimit, now: o.Now, retention: o.Retention, metrics: o.Metrics, log: o.Log, max: o.MaxBytes,
		queue: make(chan *job, maxWaiting), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.retention == 0 {
		s.retention = 30 * 24 * time.Hour
	}
	if s.metrics == nil {
		s.metrics = NewMetrics(prometheus.NewRegistry())
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.SweepEvery == 0 {
		o.SweepEvery = time.Minute
	}
	if err := s.connect(); err != nil {
		if way := wayOut(err); way != "" {
			err = fmt.Errorf("%w; %s", err, way)
		}
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), s.disconnect())
	}
	s.done.Add(2)
	go s.writer()
	go s.sweeper(o.SweepEvery)
	go s.folder()
	return s, nil
}

// connect opens the writer's connection, sets the schema up and opens the
// readers'.
func (s *Store) connect() error {
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: s.file}).EscapedPath()}).String() +
		fmt.Sprintf("?_pragma=busy_timeout(%d)", lockPatience.Milliseconds()) +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=journal_size_limit(67108864)"
	var err error
	if s.write, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	if s.conn, err = s.write.Conn(context.Background()); err != nil {
		return err
	}
	if err := check(context.Background(), s.conn); err != nil {
		return err
	}
	if err := migrate(context.Background(), s.conn); err != nil {
		return err
	}
	s.statements = &statements{conn: s.conn, prepared: map[string]*sql.Stmt{}}
	if err := s.measure(); err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", name+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	conns := max(4, runtime.NumCPU())
	s.read.SetMaxOpenConns(conns)
	s.read.SetMaxIdleConns(conns)
	return s.readers.prepare(context.Background(), s.read)
}

func (s *Store) disconnect() error {
	var errs []error
	if s.statements != nil {
		for _, p := range s.statements.prepared {
			errs = append(errs, p.Close())
		}
	}
	errs = append(errs, s.readers.close())
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// Close waits for the writes under way and closes the store. It may be called
// again.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.stop)
		<-s.ended
		s.done.Wait()
		err = s.disconnect()
	})
	return err
}

// Ping answers whether the store does.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}
