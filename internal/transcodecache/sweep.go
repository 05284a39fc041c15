package transcodecache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// sweepEvery is how often last uses are written to disk and the limit is
// looked at.
const sweepEvery = 5 * time.Minute

// sweepUntil keeps the cache below its limit until ctx ends.
func (c *Cache) sweepUntil(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			c.markUsed()
			return
		case <-tick.C:
			c.markUsed()
			if err := c.evict(ctx); err != nil {
				c.opts.Log.Warn("transcode cache: remove old assets", "err", err)
			}
			if err := c.sources.forget(ctx, c.opts.Now().Add(-sourceLife)); err != nil {
				c.opts.Log.Warn("transcode cache: forget old sources", "err", err)
			}
		}
	}
}

// markUsed writes the times of last use to disk, where they changed.
func (c *Cache) markUsed() {
	c.assets.Range(func(_, v any) bool {
		s := v.(*stored)
		if used := s.used.Load(); used != s.marked {
			if err := c.disk.markUsed(s.Asset.ID, time.Unix(0, used)); err == nil {
				s.marked = used
			}
		}
		return true
	})
}

// makeRoom is called before a job: a cache that is full of assets in use takes
// no more.
func (c *Cache) makeRoom(ctx context.Context) error {
	if err := c.evict(ctx); err != nil {
		return err
	}
	if n := c.bytes.Load(); n >= c.opts.MaxBytes {
		return &failure{avail.TranscodeFailed, fmt.Errorf("prepared creatives in use have %d bytes; the limit is %d", n, c.opts.MaxBytes)}
	}
	return nil
}

// evict removes the least recently used assets until the limit is kept. Those
// that are pinned or were used a short while ago stay.
func (c *Cache) evict(ctx context.Context) error {
	c.evicting.Lock()
	defer c.evicting.Unlock()
	if c.bytes.Load() < c.opts.MaxBytes {
		return nil
	}
	var all []*stored
	c.assets.Range(func(_, v any) bool {
		all = append(all, v.(*stored))
		return true
	})
	slices.SortFunc(all, func(a, b *stored) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	var errs []error
	for _, s := range all {
		if c.bytes.Load() < c.opts.MaxBytes {
			break
		}
		if c.opts.Now().Sub(time.Unix(0, s.used.Load())) < c.opts.Keep || c.opts.Pinned(s.Asset.ID) {
			continue
		}
		errs = append(errs, c.forget(ctx, s))
	}
	return errors.Join(errs...)
}

// forget removes an asset: first from the index, so that a crash leaves no
// document of a missing asset, then from memory, then from disk.
func (c *Cache) forget(ctx context.Context, s *stored) error {
	id := s.Asset.ID
	if _, err := c.opts.Index.DeleteDocument(ctx, assetDocument, id, store.AnyVersion); err != nil {
		return fmt.Errorf("forget asset %s: %w", id, err)
	}
	c.assets.CompareAndDelete(id, s)
	c.opts.Metrics.bytes.Set(float64(c.bytes.Add(-s.bytes())))
	c.opts.Metrics.evicted.Inc()
	return c.disk.remove(id)
}
