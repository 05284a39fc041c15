package ads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// errSpent says that an avail's turn didn't come before the time of its manifest
// was over. It is a deadline that passed, so its reason is ads_timeout.
var errSpent = fmt.Errorf("the other avails of the manifest took all of the time: %w", context.DeadlineExceeded)

// Budget is what the avails of one manifest request share: the time for all of
// their ad requests (LiveMaximumAdsPersonalizationTimeMilliseconds and its
// siblings) and how many of those may be under way at once
// (MaxConcurrentAdsRequests). It may be used from any goroutine.
//
// A manifest request that finds avails without a decision makes one and gives it
// to the Request of each; it waits for them until the Deadline at most.
type Budget struct {
	deadline time.Time
	turns    chan struct{}
}

// NewBudget makes the budget of a manifest request that came at now.
func NewBudget(s Settings, now time.Time) *Budget {
	return &Budget{
		deadline: now.Add(cmp.Or(s.Budget, defaultBudget)),
		turns:    make(chan struct{}, max(1, s.Parallel)),
	}
}

// Deadline is when the time is over.
func (b *Budget) Deadline() time.Time { return b.deadline }

// Context is ctx, ending with the budget.
func (b *Budget) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, b.deadline)
}

// enter waits until an ad request may be sent; leave ends it. Only the first
// request of a decision needs a turn, for that is the one to the ad decision
// server; the wrappers behind it are other servers'.
func (b *Budget) enter(ctx context.Context) (leave func(), err error) {
	select {
	case b.turns <- struct{}{}:
		return func() { <-b.turns }, nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, errSpent
		}
		return nil, ctx.Err()
	}
}
