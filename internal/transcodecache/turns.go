package transcodecache

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// turns are the places at ffmpeg. Configurations take turns at them, and of one
// configuration the least work goes first.
type turns struct {
	now     func() time.Time
	metrics *Metrics

	mu      sync.Mutex
	free    int
	shares  shares
	waiting []*waiter
}

// waiter is a job that waits for a place.
type waiter struct {
	configuration string
	work          int64
	ready         chan struct{}
}

func newTurns(places int, now func() time.Time, metrics *Metrics) *turns {
	return &turns{now: now, metrics: metrics, free: places}
}

// take waits for a place; the function that it returns gives it back.
func (t *turns) take(ctx context.Context, configuration string, work int64) (leave func(), err error) {
	since := t.now()
	w := &waiter{configuration, work, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.shares.wait(configuration)
	t.next()
	t.mu.Unlock()
	select {
	case <-w.ready:
	case <-ctx.Done():
		t.giveUp(w)
		return nil, ctx.Err()
	}
	t.metrics.wait.WithLabelValues(configuration, stageEncode).Observe(t.now().Sub(since).Seconds())
	return func() { t.leave(configuration) }, nil
}

// next gives out the places that are free. The lock is held.
func (t *turns) next() {
	for t.free > 0 && len(t.waiting) > 0 {
		w := slices.MinFunc(t.waiting, func(a, b *waiter) int {
			return cmp.Or(cmp.Compare(t.shares.last(a.configuration), t.shares.last(b.configuration)), cmp.Compare(a.work, b.work))
		})
		t.remove(w)
		t.shares.take(w.configuration)
		t.free--
		close(w.ready)
	}
}

// leave gives a place back.
func (t *turns) leave(configuration string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shares.leave(configuration)
	t.free++
	t.next()
}

// giveUp ends a wait, or the turn that came at the same time.
func (t *turns) giveUp(w *waiter) {
	t.mu.Lock()
	waits := t.remove(w)
	if waits {
		t.shares.giveUp(w.configuration)
	}
	t.mu.Unlock()
	if !waits {
		t.leave(w.configuration)
	}
}

// remove takes a waiter out of the line; false says that it was not in it.
func (t *turns) remove(w *waiter) bool {
	i := slices.Index(t.waiting, w)
	if i < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return true
}
