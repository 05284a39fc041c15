package tracking

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/pause"
	"stitcher/internal/store"
	"stitcher/internal/tracing"
)

// Options are what a Tracker works with.
type Options struct {
	Outbox  store.Outbox
	Source  Source
	Fetcher Fetcher
	Macros  Macros
	// Journal is told of every call; it may be nil.
	Journal Journal
	Metrics *Metrics
	Log     *slog.Logger
	// Teller is told of each call; it may be nil.
	Teller Teller
	// Tracer makes a trace of each round at a trigger; nil makes none.
	Tracer *tracing.Tracer
	// Now is the clock.
	Now func() time.Time
	// Workers is how many calls are under way at once; 0 is 512. One host has a
	// quarter of them at most, shared by all nodes.
	Workers int
	// Nodes is how many nodes there are, this one included; nil is always 1.
	Nodes func() int
}

// Tracker takes triggers and sends their beacons.
type Tracker struct {
	opt    Options
	wake   chan struct{}
	errors chan errorBeacon
	hosts  *hosts
	// calls has room for the calls that may be under way.
	calls chan struct{}
	// dueUntil is until when something is due that was put back for a moment, Unix
	// microseconds.
	dueUntil atomic.Int64
}

const (
	// keep is how long a trigger's row is kept, so that repeats fire nothing:
	// longer than a player can hold on to a segment's URL.
	keep = 24 * time.Hour
	// lease is how long a claimed trigger is left to its sender.
	lease = time.Minute
	// longest is how long a sender works on a trigger at a time: it has to be
	// done, and to have said so, before another node may take it over.
	longest = 40 * time.Second
	// look is how often the outbox is looked at unasked where something is due
	// soon, and every restful time where nothing is known to be. measure is how
	// often its gauges are set.
	look    = 250 * time.Millisecond
	restful = 8
	measure = time.Second
	// lookClosely is how often the outbox is looked at while it is flushed, and
	// while it holds what a busy host had no room for: seldom and many at a time,
	// they would find the host full again.
	lookClosely = 20 * time.Millisecond
	// ahead is how many triggers are claimed for each call that may be under
	// way: most wait for a turn at a busy host.
	ahead = 8
)

// New makes a tracker; Run sends.
func New(opt Options) *Tracker {
	if opt.Workers == 0 {
		opt.Workers = 512
	}
	if opt.Nodes == nil {
		opt.Nodes = func() int { return 1 }
	}
	if opt.Journal == nil {
		opt.Journal = noJournal{}
	}
	return &Tracker{
		opt: opt, wake: make(chan struct{}, 1), errors: make(chan errorBeacon, maxErrors),
		hosts: newHosts(opt.Workers, opt.Now, opt.Nodes),
		calls: make(chan struct{}, opt.Workers),
	}
}

// Fire makes a trigger durable.
func (t *Tracker) Fire(ctx context.Context, x avail.Trigger) error {
	added, err := t.opt.Outbox.Widen(ctx, x, keep)
	if err != nil {
		return err
	}
	if added != 0 {
		t.opt.Metrics.triggered(added)
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// Run sends until ctx ends. What is unsent then stays in the outbox.
func (t *Tracker) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { t.runErrors(ctx) })
	wg.Go(func() { t.watch(ctx) })
	slots := make(chan struct{}, ahead*t.opt.Workers)
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if t.claim(ctx, slots, &wg) > 0 {
			continue
		}
		t.rest(ctx, ticker.C)
	}
	wg.Wait()
}

// rest waits until it is worth looking at the outbox again.
func (t *Tracker) rest(ctx context.Context, ticks <-chan time.Time) {
	var closely <-chan time.Time
	if t.hosts.crowds() {
		closely = time.After(lookClosely)
	}
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-closely:
			return
		case <-t.wake:
			return
		case <-ticks:
			if n%restful == 0 || t.opt.Now().UnixMicro() <= t.dueUntil.Load()+look.Microseconds() {
				return
			}
		}
	}
}

// Flush sends what is due, error beacons too, until nothing is or ctx ends. It
// is for the time after Run.
func (t *Tracker) Flush(ctx context.Context) {
	var wg sync.WaitGroup
	t.flushErrors(ctx, &wg)
	slots := make(chan struct{}, ahead*t.opt.Workers)
	for ctx.Err() == nil && (t.claim(ctx, slots, &wg) > 0 || len(slots) > 0 || t.hosts.crowds()) {
		// What was under way may have more due at once, and a host that was
		// crowded has room again.
		pause.For(ctx, lookClosely)
	}
	wg.Wait()
}

// claim takes what is due, as much as there are free slots, and has it sent.
func (t *Tracker) claim(ctx context.Context, slots chan struct{}, wg *sync.WaitGroup) int {
	select {
	case slots <- struct{}{}:
		<-slots
	case <-ctx.Done():
		return 0
	}
	// What is claimed is released by its sender, so the claim itself must not
	// be given up half-way: no node could send it before the lease is over.
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	list, err := t.opt.Outbox.Pending(store, cap(slots)-len(slots), lease)
	if err != nil {
		t.opt.Log.Error("read outbox", "err", err)
		return 0
	}
	for _, x := range list {
		slots <- struct{}{} // there is one: no other goroutine takes any
		wg.Go(func() {
			defer func() { <-slots }()
			t.send(ctx, x)
		})
	}
	return len(list)
}

// watch keeps the gauges of the outbox.
func (t *Tracker) watch(ctx context.Context) {
	ticker := time.NewTicker(measure)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n, oldest, err := t.opt.Outbox.Backlog(ctx)
		if err != nil {
			continue // claim says so
		}
		t.opt.Metrics.depth.Set(float64(n))
		age := 0.0
		if oldest > 0 {
			age = float64(t.opt.Now().UnixMicro()-oldest) / 1e6
		}
		t.opt.Metrics.age.Set(age)
	}
}
