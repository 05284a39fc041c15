// Package database is a SQLite file with one writer: all writes that wait go into one
// transaction with one fsync.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	_ "modernc.org/sqlite" // the driver
)

// Options are what a DB needs.
type Options struct {
	// Migrations are the steps from an empty database to the schema of today.
	Migrations []string
	// Opened is called once, with the connections of readers, before Open returns.
	Opened func(read *sql.DB) error
	// Last is called in each transaction after all of its writes.
	Last func(b *Batch) error
	// Now is the clock of transactions.
	Now func() time.Time
	// Commits are the durations of transactions in seconds, Writes counts what was written,
	// Size is how many bytes are in use.
	Commits prometheus.Observer
	Writes  prometheus.Counter
	Size    prometheus.Gauge
	Log     *slog.Logger
}

// DB is a database file. It is safe for use by many goroutines.
type DB struct {
	// Read has the connections of readers. It writes nothing.
	Read *sql.DB

	opts  Options
	file  string
	write *sql.DB
	conn  *sql.Conn // the writer's
	// size is how many bytes are in use.
	size atomic.Int64
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
}

// ErrClosed is the answer to writes after Close.
var ErrClosed = errors.New("the store is closed")

// Open opens a file, which is made if it is missing. The error names the file, and what an
// operator can do about it.
func Open(file string, o Options) (*DB, error) {
	s := &DB{
		file: file, walLimit: walLimit, opts: o,
		queue: make(chan *job, maxWaiting), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := s.connect(); err != nil {
		if way := wayOut(err); way != "" {
			err = fmt.Errorf("%w; %s", err, way)
		}
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), s.disconnect())
	}
	go s.writer()
	return s, nil
}

// connect opens the writer's connection, sets the schema up and opens the
// readers'.
func (s *DB) connect() error {
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
	if err := migrate(context.Background(), s.conn, s.opts.Migrations); err != nil {
		return err
	}
	s.statements = &statements{conn: s.conn, prepared: map[string]*sql.Stmt{}}
	if err := s.measure(); err != nil {
		return err
	}
	if s.Read, err = sql.Open("sqlite", name+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	conns := max(4, runtime.NumCPU())
	s.Read.SetMaxOpenConns(conns)
	s.Read.SetMaxIdleConns(conns)
	return s.opts.Opened(s.Read)
}

func (s *DB) disconnect() error {
	var errs []error
	if s.statements != nil {
		for _, p := range s.statements.prepared {
			errs = append(errs, p.Close())
		}
	}
	if s.Read != nil {
		errs = append(errs, s.Read.Close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// Close waits for the writes under way and closes the file. before is called after the last
// write and before the connections are closed. Close may be called again, and does nothing
// then.
func (s *DB) Close(before func() error) error {
	var err error
	s.once.Do(func() {
		close(s.stop)
		<-s.ended
		err = errors.Join(before(), s.disconnect())
	})
	return err
}

// Size is how many bytes are in use.
func (s *DB) Size() int64 { return s.size.Load() }

// measure counts the bytes of the database that are in use: its pages without those
// that what has expired left free, which SQLite uses again. The write-ahead log, which
// has its own limit, comes on top.
func (s *DB) measure() error {
	var pages, free, size int64
	for query, n := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &size} {
		if err := s.statements.Row(query, nil, n); err != nil {
			return fmt.Errorf("read the size of the store: %w", err)
		}
	}
	s.size.Store((pages - free) * size)
	s.opts.Size.Set(float64(s.size.Load()))
	return nil
}
