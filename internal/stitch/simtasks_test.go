package stitch

import (
	"context"
	"math/rand"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// simTasks are requests that go on at the same time, one at a time: which one goes
// on at each operation of the store is drawn. They run in a few goroutines that are
// used again and again.
type simTasks struct {
	rng     *rand.Rand
	idle    []*simWorker
	tasks   []*simTask
	current *simTask
}

type simTask struct {
	f  func()
	on *simWorker // nil until it has begun
}

// simWorker is a goroutine that runs one task after the other.
type simWorker struct {
	begin chan func()
	goOn  chan struct{}
	// stops tells whether the task has ended, or yields.
	stops chan bool
}

func newSimWorker() *simWorker {
	w := &simWorker{make(chan func()), make(chan struct{}), make(chan bool)}
	go func() {
		for f := range w.begin {
			f()
			w.stops <- true
		}
	}()
	return w
}

// add makes a task of f.
func (s *simTasks) add(f func()) { s.tasks = append(s.tasks, &simTask{f: f}) }

// run goes on with the tasks until all have ended.
func (s *simTasks) run() {
	for len(s.tasks) > 0 {
		i := s.rng.Intn(len(s.tasks))
		t := s.tasks[i]
		s.current = t
		if t.on == nil {
			if n := len(s.idle); n > 0 {
				t.on, s.idle = s.idle[n-1], s.idle[:n-1]
			} else {
				t.on = newSimWorker()
			}
			t.on.begin <- t.f
		} else {
			t.on.goOn <- struct{}{}
		}
		ended := <-t.on.stops
		s.current = nil
		if ended {
			s.idle = append(s.idle, t.on)
			s.tasks = append(s.tasks[:i], s.tasks[i+1:]...)
		}
	}
}

// close ends the goroutines.
func (s *simTasks) close() {
	for _, w := range s.idle {
		close(w.begin)
	}
	s.idle = nil
}

// yield lets another task go on.
func (s *simTasks) yield() {
	if t := s.current; t != nil && len(s.tasks) > 1 {
		t.on.stops <- false
		<-t.on.goOn
	}
}

// simStore is a store between any two operations of which other requests go on.
type simStore struct {
	store.Facts
	tasks *simTasks
}

func (s simStore) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	s.tasks.yield()
	return s.Facts.Create(ctx, owner, ttl, facts...)
}

func (s simStore) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	s.tasks.yield()
	return s.Facts.Append(ctx, owner, ttl, rev, facts...)
}

func (s simStore) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	s.tasks.yield()
	return s.Facts.Since(ctx, owner, rev)
}

func (s simStore) Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error) {
	s.tasks.yield()
	return s.Facts.Get(ctx, owner, keys...)
}
