package stitch

import (
	"context"
	"iter"
	"math/rand"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// simTasks are requests that go on at the same time, one at a time: which one goes
// on at each operation of the store is drawn.
type simTasks struct {
	rng     *rand.Rand
	tasks   []*simTask
	current *simTask
}

type simTask struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

// add makes a task of f.
func (s *simTasks) add(f func()) {
	t := &simTask{}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		f()
	})
	s.tasks = append(s.tasks, t)
}

// run goes on with the tasks until all have ended.
func (s *simTasks) run() {
	for len(s.tasks) > 0 {
		i := s.rng.Intn(len(s.tasks))
		t := s.tasks[i]
		s.current = t
		_, more := t.next()
		s.current = nil
		if !more {
			t.stop()
			s.tasks = append(s.tasks[:i], s.tasks[i+1:]...)
		}
	}
}

// yield lets another task go on.
func (s *simTasks) yield() {
	if t := s.current; t != nil && len(s.tasks) > 1 {
		t.yield(struct{}{})
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
