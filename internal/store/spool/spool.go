// Package spool keeps the writes that a store does not take, because it stalls or
// fails, until it does. It decorates any store: callers get their answer after a
// while, later reads see what is kept, and a counter says what was dropped because
// the spool was full.
//
// Over a store that one process writes to, what it answers is what will be stored: the
// first value of a key is the one that later callers get. Over a store that several
// nodes write to (Options.Shared) that is so for what all of them conclude alike, and
// for nothing else: an Append fails while the store stalls.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store"
)

// Store is what a Spool decorates.
type Store interface {
	store.Facts
	store.Outbox
}

// Options are the limits of a Spool. The zero value is for production.
type Options struct {
	// Patience is how long a caller waits for a write to be durable; 0 is half a
	// second. A busy disk takes a tenth of a second, and a beacon or a decision that
	// is only in the spool is lost in a crash (one was, with 50 ms). Once a caller
	// has waited in vain the others do not wait until the spool is empty again.
	Patience time.Duration
	// MaxBytes bounds what is kept; 0 is 64 MiB.
	MaxBytes int64
	// RetryEvery is how often a store that failed is tried again; 0 is a quarter of
	// a second.
	RetryEvery time.Duration
	// Shared is set where other processes write to the store too.
	Shared bool
	// Disk, where not nil, keeps the triggers that the store does not take, so that
	// they survive the process. What it has kept at the start is written, too.
	Disk store.Outbox
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Metrics may be nil.
	Metrics *Metrics
	// Log may be nil.
	Log *slog.Logger
}

// Spool implements store.Facts and store.Outbox over a Store. Run writes what it
// keeps. It is safe for use by many goroutines.
type Spool struct {
	Store
	opt Options

	// stalled is whether callers wait for the store at all, waiting how much is
	// kept: reads look no further while it is 0.
	stalled atomic.Bool
	waiting atomic.Int64
	wake    chan struct{}
	// outages are those of a shared store that are not long over, in order. The last one
	// may go on. A change makes a new list.
	outages atomic.Pointer[[]store.Outage]
	// deaf is whether a shared store answers no reads, looked when one was last tried,
	// Unix microseconds.
	deaf   atomic.Bool
	looked atomic.Int64
	// patient holds those who read patiently while the store is deaf.
	patient chan struct{}

	// mark is held while outages change.
	mark sync.Mutex

	mu       sync.Mutex
	owners   map[string]*owner
	triggers map[triggerKey]*trigger
	settled  map[triggerKey]*settled
	bytes    int64
}

var _ Store = (*Spool)(nil)

// errFull is the answer to a write that finds no room.
var errFull = fmt.Errorf("%w, and the spool is full", store.ErrUnavailable)

// New decorates next.
func New(next Store, o Options) *Spool {
	if o.Patience == 0 {
		o.Patience = 500 * time.Millisecond
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.RetryEvery == 0 {
		o.RetryEvery = 250 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Spool{
		Store: next, opt: o, wake: make(chan struct{}, 1), patient: make(chan struct{}, maxPatient),
		owners: map[string]*owner{}, triggers: map[triggerKey]*trigger{}, settled: map[triggerKey]*settled{},
	}
}

// try does a write, unless the store stalls. It answers whether the write ended:
// if not, the store may have done it or not, and it belongs in the spool.
func (s *Spool) try(ctx context.Context, write func(ctx context.Context) error) (ended bool, err error) {
	if s.stalled.Load() {
		return false, ctx.Err()
	}
	patient, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	err = write(patient)
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case patient.Err() == nil && !errors.Is(err, store.ErrUnavailable):
		return true, err
	}
	s.stall(err)
	return false, nil
}

// stall has callers wait no longer, and Run write what is kept.
func (s *Spool) stall(err error) {
	if s.stalls() {
		s.opt.Log.Error("the store does not take writes; they are held in memory and retried", "err", err)
	}
	s.call()
}

// stalls notes that the store stalls. It says whether that is new.
func (s *Spool) stalls() bool {
	if s.stalled.Load() || s.stalled.Swap(true) {
		return false
	}
	s.lost()
	return true
}

// call has Run look at what is kept.
func (s *Spool) call() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// keep books n bytes, if there is room for them. s.mu is held.
func (s *Spool) keep(n int64) bool {
	if s.bytes+n > s.opt.MaxBytes {
		s.opt.Metrics.lost.Inc()
		return false
	}
	s.book(n, 1)
	s.opt.Metrics.stalled.Inc()
	s.stalls() // the store may have worked again since the caller waited
	s.call()
	return true
}

// book changes what is kept by n bytes and some entries. s.mu is held.
func (s *Spool) book(n, entries int64) {
	s.bytes += n
	s.waiting.Add(entries)
	s.opt.Metrics.bytes.Set(float64(s.bytes))
}

// errHeld says that the store does not take what was written.
var errHeld = errors.New("the store does not take writes; they are held in memory")

// Held answers whether writes are held in memory because the store does not take
// them; nil is no.
func (s *Spool) Held() error {
	if s.stalled.Load() {
		return errHeld
	}
	return nil
}
