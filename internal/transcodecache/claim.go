package transcodecache

import (
	"context"
	"fmt"
	"time"
)

// claimer is told the content of a creative, and the playing time of a file in
// microseconds. It tells whether the asset of it is ready; if not, the caller is the one
// that makes it.
type claimer func(content string, length int64) (ready bool, err error)

const (
	// leaseLife is for how long a job has a lease without extending it: a node that
	// dies holds its jobs up for as long.
	leaseLife = 30 * time.Second
	// leaseExtend is how often a job extends its lease.
	leaseExtend = leaseLife / 3
	// claimPoll is how often a job that waits for another looks at it.
	claimPoll = time.Second
)

// right is the right to make an asset, which one job of all nodes has at a time.
type right struct{ end func() }

// release gives the right back. The zero right is none.
func (r *right) release() {
	if r.end != nil {
		r.end()
		r.end = nil
	}
}

// assetLease is the key of the lease of those that make or remove an asset.
func assetLease(id string) string { return "asset/" + id }

// claim waits until the asset is ready, or this job has the right to make it.
func (c *Cache) claim(ctx context.Context, r *right, id, job string) (ready bool, err error) {
	key, owner := assetLease(id), c.owner+"/"+job
	for {
		held, _, err := c.opts.Leases.Lease(ctx, key, owner, leaseLife)
		if err != nil {
			return false, fmt.Errorf("lease of asset %s: %w", id, err)
		}
		s, err := c.find(ctx, id)
		if held {
			r.end = c.keepLease(ctx, key, owner)
		}
		if err != nil || s != nil || held {
			return s != nil, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(claimPoll):
		}
	}
}

// keepLease extends a lease until the function that it returns is called, which ends it.
func (c *Cache) keepLease(ctx context.Context, key, owner string) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(leaseExtend)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if held, err := c.opts.Leases.Extend(ctx, key, owner, leaseLife); err != nil || !held {
					c.opts.Log.Debug("transcode cache: a lease was not extended", "key", key, "held", held, "err", err)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := c.opts.Leases.Release(ending, key, owner); err != nil {
			c.opts.Log.Debug("transcode cache: a lease was not released", "key", key, "err", err)
		}
	}
}
