// Package touches tells the store which of its records are in use.
package touches

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"stitcher/internal/stitch/layouts"
)

// Touches collects the owners whose lifetime in the store has to be extended. A flush
// extends them together each second, so that no request waits for it. The zero value is empty.
type Touches struct {
	mu  sync.Mutex
	due map[string]time.Duration
	// layouts are when this node last extended each layout's time.
	layouts map[string]time.Time
}

const (
	// Every is how often the store is told.
	Every = time.Second
	// grain is what times are rounded up to.
	grain = 10 * time.Second
	// layoutEvery is how often a node extends a layout's time at most, whatever
	// the number of its sessions.
	layoutEvery = time.Hour
)

// Add has an owner kept for ttl from the next flush, rounded up so that one write
// serves many owners.
func (t *Touches) Add(owner string, ttl time.Duration) {
	ttl = (ttl + grain - 1).Truncate(grain)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.due == nil {
		t.due = map[string]time.Duration{}
	}
	t.due[owner] = ttl
}

// Layout extends a layout's time, unless that was done not long ago.
func (t *Touches) Layout(id string, now time.Time) {
	t.mu.Lock()
	last, ok := t.layouts[id]
	fresh := ok && now.Sub(last) < layoutEvery
	if !fresh {
		if t.layouts == nil || len(t.layouts) >= layouts.Max {
			t.layouts = map[string]time.Time{}
		}
		t.layouts[id] = now
	}
	t.mu.Unlock()
	if !fresh {
		t.Add(layouts.Owner(id), layouts.TTL)
	}
}

// take is what is due, by time.
func (t *Touches) take() map[time.Duration][]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	byTTL := map[time.Duration][]string{}
	for owner, ttl := range t.due {
		byTTL[ttl] = append(byTTL[ttl], owner)
	}
	clear(t.due)
	return byTTL
}

// Flush tells the store what is due. What it does not take is tried again.
func (t *Touches) Flush(ctx context.Context, touch func(ctx context.Context, ttl time.Duration, owners ...string) error) error {
	var failed error
	byTTL := t.take()
	for _, ttl := range slices.Sorted(maps.Keys(byTTL)) {
		owners := byTTL[ttl]
		if err := touch(ctx, ttl, owners...); err != nil {
			failed = errors.Join(failed, err)
			for _, owner := range owners {
				t.retry(owner, ttl)
			}
		}
	}
	return failed
}

// retry is Add for an owner that has no newer time by now.
func (t *Touches) retry(owner string, ttl time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, newer := t.due[owner]; !newer {
		t.due[owner] = ttl
	}
}
