package turn

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Places are a number of places that competitors take turns at. Of the jobs of one
// competitor that with the least work goes first. It is safe for concurrent use.
type Places struct {
	now    func() time.Time
	waited func(name string, d time.Duration)

	mu      sync.Mutex
	free    int
	shares  Shares
	waiting []*waiter
}

// waiter is a job that waits for a place.
type waiter struct {
	name  string
	work  int64
	ready chan struct{}
}

// NewPlaces makes a number of places that are free. waited is told how long each job waited
// for its place, by the clock now, once the job has it.
func NewPlaces(places int, now func() time.Time, waited func(name string, d time.Duration)) *Places {
	return &Places{now: now, waited: waited, free: places}
}

// Take waits until a competitor's job has a place; work is compared with that of the
// competitor's other jobs. leave gives the place back. The error is that of ctx.
func (t *Places) Take(ctx context.Context, name string, work int64) (leave func(), err error) {
	since := t.now()
	w := &waiter{name, work, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.shares.Wait(name)
	t.next()
	t.mu.Unlock()
	select {
	case <-w.ready:
	case <-ctx.Done():
		t.giveUp(w)
		return nil, ctx.Err()
	}
	t.waited(name, t.now().Sub(since))
	return func() { t.leave(name) }, nil
}

// next gives out the places that are free. The lock is held.
func (t *Places) next() {
	for t.free > 0 && len(t.waiting) > 0 {
		w := slices.MinFunc(t.waiting, func(a, b *waiter) int {
			return cmp.Or(cmp.Compare(t.shares.Last(a.name), t.shares.Last(b.name)), cmp.Compare(a.work, b.work))
		})
		t.remove(w)
		t.shares.Take(w.name)
		t.free--
		close(w.ready)
	}
}

// leave gives a place back.
func (t *Places) leave(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shares.Leave(name)
	t.free++
	t.next()
}

// giveUp ends a wait, or the turn that came at the same time.
func (t *Places) giveUp(w *waiter) {
	t.mu.Lock()
	waits := t.remove(w)
	if waits {
		t.shares.GiveUp(w.name)
	}
	t.mu.Unlock()
	if !waits {
		t.leave(w.name)
	}
}

// remove takes a waiter out of the line; false says that it was not in it.
func (t *Places) remove(w *waiter) bool {
	i := slices.Index(t.waiting, w)
	if i < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return true
}
