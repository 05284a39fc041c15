package transcodecache

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/store"
)

const (
	// sweepEvery is how often last uses are written and the limit is looked at.
	sweepEvery = 5 * time.Minute
	// strayAge is how old files without a document must be to be removed: a job stores
	// the files first.
	strayAge = time.Hour
)

// sweepUntil keeps the cache below its limit until ctx ends.
func (c *Cache) sweepUntil(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := c.sweep(ctx); err != nil && ctx.Err() == nil {
			c.opts.Log.Warn("transcode cache: sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := c.markUsed(ending); err != nil {
				c.opts.Log.Warn("transcode cache: write last uses", "err", err)
			}
			return
		case <-tick.C:
		}
	}
}

// sweep does what is to be done now and then. All nodes do it; that two do the same at
// once is harmless.
func (c *Cache) sweep(ctx context.Context) error {
	return errors.Join(
		c.markUsed(ctx), c.repair(ctx), c.evict(ctx), c.evictLocal(ctx), c.strays(ctx), c.forgetJobs(ctx),
		c.sources.forget(ctx, c.opts.Now().Add(-sourceLife)),
	)
}

// markUsed writes the times of last use that are not known yet to the other nodes.
func (c *Cache) markUsed(ctx context.Context) error {
	var errs []error
	c.assets.Range(func(_, v any) bool {
		s := v.(*stored)
		used := time.Unix(0, s.used.Load())
		if used.Sub(time.Unix(0, s.marked.Load())) < c.opts.Keep/8 {
			return true
		}
		_, err := c.mark(ctx, s, used)
		errs = append(errs, err)
		if c.shelves.remote != nil {
			_ = c.shelves.local.Touch(ctx, s.Asset.ID) // it may have no copy here
		}
		return ctx.Err() == nil
	})
	return errors.Join(errs...)
}

// repair gives assets that have no document of their last use one, as if they were used
// now: those of an earlier version, and those that a removal was interrupted at.
func (c *Cache) repair(ctx context.Context) error {
	return eachRecord(ctx, c.opts.Index, func(id string, r *record) error {
		if r == nil {
			_, err := c.opts.Index.DeleteDocument(ctx, assetDocument, id, store.AnyVersion)
			return err
		}
		doc, err := c.opts.Index.Document(ctx, useDocument, id)
		if err != nil || doc.Version > 0 {
			return err
		}
		return c.alone(ctx, id, func() error {
			err := c.putUse(ctx, id, 0, use{Used: c.opts.Now(), Bytes: r.bytes()})
			if _, changed := errors.AsType[*store.ConflictError](err); changed {
				return nil
			}
			return err
		})
	})
}

// alone calls f while no other job or node changes an asset; not at all if one does so
// now.
func (c *Cache) alone(ctx context.Context, id string, f func() error) error {
	key, owner := assetLease(id), c.owner+"/sweep"
	held, _, err := c.opts.Leases.Lease(ctx, key, owner, leaseLife)
	if err != nil || !held {
		return err
	}
	return errors.Join(f(), c.opts.Leases.Release(context.WithoutCancel(ctx), key, owner))
}

// makeRoom is called before a job: a cache that is full of assets in use takes
// no more.
func (c *Cache) makeRoom(ctx context.Context) error {
	if c.bytes.Load() < c.opts.MaxBytes {
		return nil
	}
	if err := c.evict(ctx); err != nil {
		return err
	}
	if n := c.bytes.Load(); n >= c.opts.MaxBytes {
		return &failure{avail.TranscodeFailed, fmt.Errorf("prepared creatives in use have %d bytes; the limit is %d", n, c.opts.MaxBytes)}
	}
	return nil
}

// unused is an asset as it stands in the index.
type unused struct {
	id      string
	version int64
	use
}

// uses lists the assets of the index, the least recently used first.
func (c *Cache) uses(ctx context.Context) ([]unused, error) {
	var all []unused
	err := eachDocument(ctx, c.opts.Index, useDocument, func(d store.Document) error {
		u := unused{id: d.ID, version: d.Version}
		if err := json.Unmarshal(d.Body, &u.use); err != nil {
			return fmt.Errorf("asset %s: its last use: %w", d.ID, err)
		}
		all = append(all, u)
		return nil
	})
	slices.SortFunc(all, func(a, b unused) int { return cmp.Or(a.Used.Compare(b.Used), cmp.Compare(a.id, b.id)) })
	return all, err
}

// evict removes the least recently used assets of all nodes until the limit is kept.
// Those that were used within Keep stay, because decisions list them.
func (c *Cache) evict(ctx context.Context) error {
	c.evicting.Lock()
	defer c.evicting.Unlock()
	if err := c.markUsed(ctx); err != nil {
		return err
	}
	all, err := c.uses(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(all))
	var sum int64
	for _, u := range all {
		known[u.id] = true
		sum += u.Bytes
	}
	c.assets.Range(func(id, v any) bool {
		if !known[id.(string)] && c.opts.Now().Sub(v.(*stored).adopted) > strayAge {
			c.drop(v.(*stored)) // another node removed it
		}
		return true
	})
	var errs []error
	for _, u := range all {
		if sum < c.opts.MaxBytes || c.opts.Now().Sub(u.Used) < c.opts.Keep {
			break
		}
		removed, err := c.remove(ctx, u.id, u.version)
		if removed {
			sum -= u.Bytes
			c.opts.Metrics.evicted.Inc()
		}
		errs = append(errs, err)
	}
	c.bytes.Store(sum)
	c.opts.Metrics.bytes.Set(float64(sum))
	return errors.Join(errs...)
}

// remove removes an asset if the document of its last use is at a version: first that
// document, after which no decision lists the asset, then the asset's document, then its files.
func (c *Cache) remove(ctx context.Context, id string, version int64) (removed bool, err error) {
	err = c.alone(ctx, id, func() error {
		_, err := c.opts.Index.DeleteDocument(ctx, useDocument, id, version)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			return nil // it is in use again
		}
		if err != nil {
			return fmt.Errorf("forget asset %s: %w", id, err)
		}
		removed = true
		c.assets.Delete(id)
		if _, err := c.opts.Index.DeleteDocument(ctx, assetDocument, id, store.AnyVersion); err != nil {
			return fmt.Errorf("forget asset %s: %w", id, err)
		}
		return c.shelves.remove(ctx, id)
	})
	return removed, err
}

// eachSet calls f for all sets of a store.
func eachSet(ctx context.Context, s blob.Store, f func(blob.Set) error) error {
	const page = 100
	after := ""
	for {
		sets, err := s.List(ctx, after, page)
		if err != nil {
			return err
		}
		for _, set := range sets {
			if err := f(set); err != nil {
				return err
			}
			after = set.ID
		}
		if len(sets) < page {
			return nil
		}
	}
}

// strays removes files that no document speaks of: what a job stored before it died.
func (c *Cache) strays(ctx context.Context) error {
	return eachSet(ctx, c.shelves.main(), func(set blob.Set) error {
		if time.Since(set.Used) < strayAge {
			return nil
		}
		return c.alone(ctx, set.ID, func() error {
			doc, err := c.opts.Index.Document(ctx, assetDocument, set.ID)
			if err != nil || doc.Version > 0 {
				return err
			}
			return c.shelves.remove(ctx, set.ID)
		})
	})
}

// evictLocal keeps the copies in the directory below the limit, where they are copies.
func (c *Cache) evictLocal(ctx context.Context) error {
	if c.shelves.remote == nil {
		return nil
	}
	var sets []blob.Set
	var sum int64
	err := eachSet(ctx, c.shelves.local, func(set blob.Set) error {
		sets = append(sets, set)
		sum += set.Bytes()
		return nil
	})
	slices.SortFunc(sets, func(a, b blob.Set) int { return a.Used.Compare(b.Used) })
	for _, set := range sets {
		if sum < c.opts.MaxBytes {
			break
		}
		sum -= set.Bytes()
		err = errors.Join(err, c.shelves.local.Delete(ctx, set.ID))
	}
	return err
}
