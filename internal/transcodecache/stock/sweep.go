package stock

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/blob"
	"stitcher/internal/store"
)

// strayAge is how old files without a document must be to be removed: Publish stores the
// files first.
const strayAge = time.Hour

// Sweep does what is to be done now and then: it keeps the limit, writes last uses, and
// removes what no document speaks of. All nodes do it; that two do the same at once is
// harmless.
func (s *Stock) Sweep(ctx context.Context) error {
	return errors.Join(s.MarkUsed(ctx), s.repair(ctx), s.evict(ctx), s.evictLocal(ctx), s.strays(ctx))
}

// MarkUsed writes the times of last use that are not known yet to the other nodes.
func (s *Stock) MarkUsed(ctx context.Context) error {
	var errs []error
	s.items.Range(func(_, v any) bool {
		a := v.(*Item)
		used := time.Unix(0, a.used.Load())
		if used.Sub(time.Unix(0, a.marked.Load())) < s.opts.Keep/8 {
			return true
		}
		_, err := s.mark(ctx, a, used)
		errs = append(errs, err)
		if s.shelves.remote != nil {
			_ = s.shelves.local.Touch(ctx, a.Asset.ID) // it may have no copy here
		}
		return ctx.Err() == nil
	})
	return errors.Join(errs...)
}

// repair gives assets that have no document of their last use one, as if they were used
// now: those of an earlier version, and those that a removal was interrupted at.
func (s *Stock) repair(ctx context.Context) error {
	return eachRecord(ctx, s.opts.Index, func(id string, r *Record) error {
		if r == nil {
			_, err := s.opts.Index.DeleteDocument(ctx, assetDocument, id, store.AnyVersion)
			return err
		}
		doc, err := s.opts.Index.Document(ctx, useDocument, id)
		if err != nil || doc.Version > 0 {
			return err
		}
		return s.alone(ctx, id, func() error {
			err := s.putUse(ctx, id, 0, Use{Used: s.opts.Now(), Bytes: r.Bytes()})
			if _, changed := errors.AsType[*store.ConflictError](err); changed {
				return nil
			}
			return err
		})
	})
}

// alone calls f while no job or node changes an asset; not at all if one does so now.
func (s *Stock) alone(ctx context.Context, id string, f func() error) error {
	return s.leases.Alone(ctx, leaseKey(id), "/sweep", f)
}

// FullError says that all assets are in use and their size is above the limit, in bytes.
type FullError struct{ Bytes, Limit int64 }

func (e *FullError) Error() string {
	return fmt.Sprintf("prepared creatives in use have %d bytes; the limit is %d", e.Bytes, e.Limit)
}

// MakeRoom is called before an asset is made: a stock that is full of assets in use takes
// no more. The error is a *FullError then.
func (s *Stock) MakeRoom(ctx context.Context) error {
	if s.bytes.Load() < s.opts.MaxBytes {
		return nil
	}
	if err := s.evict(ctx); err != nil {
		return err
	}
	if n := s.bytes.Load(); n >= s.opts.MaxBytes {
		return &FullError{Bytes: n, Limit: s.opts.MaxBytes}
	}
	return nil
}

// unused is an asset as it stands in the index.
type unused struct {
	id      string
	version int64
	Use
}

// uses lists the assets of the index, the least recently used first.
func (s *Stock) uses(ctx context.Context) ([]unused, error) {
	var all []unused
	err := store.EachDocument(ctx, s.opts.Index, useDocument, func(d store.Document) error {
		u := unused{id: d.ID, version: d.Version}
		if err := json.Unmarshal(d.Body, &u.Use); err != nil {
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
func (s *Stock) evict(ctx context.Context) error {
	s.evicting.Lock()
	defer s.evicting.Unlock()
	if err := s.MarkUsed(ctx); err != nil {
		return err
	}
	all, err := s.uses(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(all))
	var sum int64
	for _, u := range all {
		known[u.id] = true
		sum += u.Bytes
	}
	s.items.Range(func(id, v any) bool {
		if !known[id.(string)] && s.opts.Now().Sub(v.(*Item).adopted) > strayAge {
			s.drop(v.(*Item)) // another node removed it
		}
		return true
	})
	var errs []error
	for _, u := range all {
		if sum < s.opts.MaxBytes || s.opts.Now().Sub(u.Used) < s.opts.Keep {
			break
		}
		removed, err := s.Remove(ctx, u.id, u.version)
		if removed {
			sum -= u.Bytes
			s.opts.Evicted.Inc()
		}
		errs = append(errs, err)
	}
	s.bytes.Store(sum)
	s.opts.Size.Set(float64(sum))
	return errors.Join(errs...)
}

// Remove removes an asset if the document of its last use is at a version: first that
// document, after which no decision lists the asset, then the asset's document, then its files.
func (s *Stock) Remove(ctx context.Context, id string, version int64) (removed bool, err error) {
	err = s.alone(ctx, id, func() error {
		_, err := s.opts.Index.DeleteDocument(ctx, useDocument, id, version)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			return nil // it is in use again
		}
		if err != nil {
			return fmt.Errorf("forget asset %s: %w", id, err)
		}
		removed = true
		s.items.Delete(id)
		if _, err := s.opts.Index.DeleteDocument(ctx, assetDocument, id, store.AnyVersion); err != nil {
			return fmt.Errorf("forget asset %s: %w", id, err)
		}
		return s.shelves.remove(ctx, id)
	})
	return removed, err
}

// eachSet calls f for all sets of a store.
func eachSet(ctx context.Context, from blob.Store, f func(blob.Set) error) error {
	const page = 100
	after := ""
	for {
		sets, err := from.List(ctx, after, page)
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
func (s *Stock) strays(ctx context.Context) error {
	return eachSet(ctx, s.shelves.main(), func(set blob.Set) error {
		if time.Since(set.Used) < strayAge {
			return nil
		}
		return s.alone(ctx, set.ID, func() error {
			doc, err := s.opts.Index.Document(ctx, assetDocument, set.ID)
			if err != nil || doc.Version > 0 {
				return err
			}
			return s.shelves.remove(ctx, set.ID)
		})
	})
}

// evictLocal keeps the copies in the directory below the limit, where they are copies.
func (s *Stock) evictLocal(ctx context.Context) error {
	if s.shelves.remote == nil {
		return nil
	}
	var sets []blob.Set
	var sum int64
	err := eachSet(ctx, s.shelves.local, func(set blob.Set) error {
		sets = append(sets, set)
		sum += set.Bytes()
		return nil
	})
	slices.SortFunc(sets, func(a, b blob.Set) int { return a.Used.Compare(b.Used) })
	for _, set := range sets {
		if sum < s.opts.MaxBytes {
			break
		}
		sum -= set.Bytes()
		err = errors.Join(err, s.shelves.local.Delete(ctx, set.ID))
	}
	return err
}
