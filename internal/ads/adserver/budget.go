package adserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"stitcher/internal/avail"
)

// errSpent says that the time of the manifest was over before the avail had its turn. It
// wraps context.DeadlineExceeded, so its reason is ads_timeout.
var errSpent = fmt.Errorf("the other avails of the manifest used up the time budget: %w", context.DeadlineExceeded)

// Budget is what the avails of one manifest request share: the time for all of
// their ad requests (LiveMaximumAdsPersonalizationTimeMilliseconds and its
// siblings) and how many of those may be under way at once
// (MaxConcurrentAdsRequests). It may be used from any goroutine.
//
// A manifest request that finds avails without a decision makes a Budget for all of them,
// and waits no longer than its time.
type Budget struct {
	deadline time.Time

	mu sync.Mutex
	// free is the number of free turns. queue are the requests that wait for one, the
	// earliest avail first, because the first avail of a manifest is shown first.
	free  int
	queue []*turn
}

// turn is a request for a turn; granted is closed when it is given.
type turn struct {
	avail   int64
	granted chan struct{}
}

// NewBudget makes the budget of a manifest request that came at now: the time limit of all
// its ad requests, and how many of them may be under way at once, at least one.
func NewBudget(limit time.Duration, parallel int, now time.Time) *Budget {
	return &Budget{deadline: now.Add(limit), free: max(1, parallel)}
}

// Context is ctx, ending with the budget.
func (b *Budget) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, b.deadline)
}

// enter waits until the ad request of an avail may be sent; leave ends it. Only
// the first request of a decision needs a turn, for that is the one to the ad
// decision server; the wrappers behind it are other servers'.
func (b *Budget) enter(ctx context.Context, key avail.Key) (leave func(), err error) {
	t := b.join(key.Sequence)
	select {
	case <-t.granted:
		return b.leave, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	i := slices.Index(b.queue, t)
	if i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
	}
	b.mu.Unlock()
	if i < 0 {
		b.leave() // it came as we left
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, errSpent
	}
	return nil, ctx.Err()
}

// join takes a turn if there is one, and a place in the queue otherwise.
func (b *Budget) join(sequence int64) *turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &turn{sequence, make(chan struct{})}
	if b.free > 0 {
		b.free--
		close(t.granted)
		return t
	}
	i, _ := slices.BinarySearchFunc(b.queue, sequence+1, func(t *turn, n int64) int { return cmp.Compare(t.avail, n) })
	b.queue = slices.Insert(b.queue, i, t)
	return t
}

// leave gives a turn back.
func (b *Budget) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.free++
		return
	}
	close(b.queue[0].granted)
	b.queue = b.queue[1:]
}
