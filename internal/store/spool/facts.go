package spool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Create implements store.Facts.
func (s *Spool) Create(ctx context.Context, name string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	o := s.hold(name)
	defer s.release(name, o)
	o.gate.RLock()
	defer o.gate.RUnlock()
	meant := s.begin(o, facts)
	defer s.end(o, meant)
	var stored []avail.Fact
	ended, err := s.try(ctx, func(ctx context.Context) (err error) {
		stored, err = s.Store.Create(ctx, name, ttl, values(meant)...)
		return err
	})
	if ended || err != nil {
		return stored, err
	}
	if s.opt.Shared && store.IsUnheld(ctx) {
		return nil, errUnchecked
	}
	return s.put(ctx, name, o, ttl, meant), nil
}

// errUnchecked is the answer to an Append whose condition cannot be checked.
var errUnchecked = fmt.Errorf("%w: whether other nodes have written cannot be checked", store.ErrUnavailable)

// Append implements store.Facts. While a store of one process stalls, a condition that
// a read does not refute holds: no other process writes.
func (s *Spool) Append(ctx context.Context, name string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	o := s.hold(name)
	defer s.release(name, o)
	o.gate.Lock()
	defer o.gate.Unlock()
	var answer store.Appended
	ended, err := s.try(ctx, func(ctx context.Context) (err error) {
		answer, err = s.Store.Append(ctx, name, ttl, rev, facts...)
		return err
	})
	if ended || err != nil {
		return answer, err
	}
	if s.opt.Shared {
		return store.Appended{}, errUnchecked
	}
	kept := s.kept(name)
	if missed, now, err := s.read(ctx, name, rev); err == nil && now != rev {
		return store.Appended{Facts: merge(missed, kept), Rev: now}, nil
	}
	meant := s.begin(o, facts)
	defer s.end(o, meant)
	return store.Appended{Written: true, Facts: s.put(ctx, name, o, ttl, meant), Rev: rev}, nil
}

// read is Since of the store, for no longer than a caller waits for a write.
func (s *Spool) read(ctx context.Context, name string, rev int64) ([]avail.Fact, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	return s.Store.Since(ctx, name, rev)
}

// put keeps entries, but those whose key is stored already as far as the store
// can be read, and returns what is stored or kept under each key.
func (s *Spool) put(ctx context.Context, name string, o *owner, ttl time.Duration, meant []*entry) []avail.Fact {
	patient, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	keys := make([]string, len(meant))
	for i, e := range meant {
		keys[i] = e.Key
	}
	var stored []avail.Fact
	err := s.look(patient, func(ctx context.Context) (err error) {
		stored, err = s.Store.Get(ctx, name, keys...)
		return err
	})
	if err != nil && !s.opt.Shared {
		s.opt.Log.Warn("the store cannot be read while a write is held in memory", "owner", name, "err", err)
	}
	if err != nil {
		stored = make([]avail.Fact, len(meant))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(meant) == 0 && ttl > 0 { // a creation without facts keeps the owner
		s.touch(name, o, max(ttl, o.touch))
	}
	o.want(ttl)
	for i, e := range meant {
		if stored[i].Value != nil && stored[i].Rank >= e.Rank {
			continue
		}
		stored[i] = e.Fact
		if e.kept {
			continue
		}
		if e.kept = s.keep(e.size()); e.kept {
			s.supersede(o, e)
		}
	}
	return stored
}

// supersede forgets entries of the key of e with a lower rank.
func (s *Spool) supersede(o *owner, e *entry) {
	for _, x := range slices.Clone(o.entries) {
		if x.Key == e.Key && x.Rank < e.Rank {
			s.forget(o, x)
		}
	}
}

func values(meant []*entry) []avail.Fact {
	facts := make([]avail.Fact, len(meant))
	for i, e := range meant {
		facts[i] = e.Fact
	}
	return facts
}

// Since implements store.Facts. What is kept comes last, each time, at revision 0.
func (s *Spool) Since(ctx context.Context, name string, rev int64) ([]avail.Fact, int64, error) {
	kept := s.kept(name) // first: what is written meanwhile is in both
	var stored []avail.Fact
	var now int64
	err := s.look(ctx, func(ctx context.Context) (err error) {
		stored, now, err = s.Store.Since(ctx, name, rev)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return merge(stored, kept), now, nil
}

// Recall implements store.Facts.
func (s *Spool) Recall(ctx context.Context, name string) ([]avail.Fact, error) {
	kept := s.kept(name)
	var stored []avail.Fact
	err := s.look(ctx, func(ctx context.Context) (err error) {
		stored, err = s.Store.Recall(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return merge(stored, kept), nil
}

// Get implements store.Facts.
func (s *Spool) Get(ctx context.Context, name string, keys ...string) ([]avail.Fact, error) {
	kept := s.kept(name)
	var stored []avail.Fact
	err := s.look(ctx, func(ctx context.Context) (err error) {
		stored, err = s.Store.Get(ctx, name, keys...)
		return err
	})
	if err != nil {
		return nil, err
	}
	prefer(stored, kept)
	return stored, nil
}

// Expires implements store.Facts. The time of what is kept begins when it is
// written.
func (s *Spool) Expires(ctx context.Context, name string) (time.Time, error) {
	kept, ttl, touch := s.times(name)
	until, err := s.Store.Expires(ctx, name)
	now := s.opt.Now()
	switch {
	case err != nil:
		return time.Time{}, err
	case touch > 0 && !until.IsZero() && until.Before(store.Ever):
		until = now.Add(touch)
	}
	switch {
	case kept && ttl < 0:
		until = store.Ever
	case kept && now.Add(ttl).After(until):
		until = now.Add(ttl)
	}
	return until, nil
}

// times is whether facts of an owner are kept, and for how long they and the owner
// are to be stored.
func (s *Spool) times(name string) (kept bool, ttl, touch time.Duration) {
	if s.waiting.Load() == 0 {
		return false, 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.owners[name]
	if o == nil {
		return false, 0, 0
	}
	return slices.ContainsFunc(o.entries, func(e *entry) bool { return e.kept }), o.ttl, o.touch
}

// Drop implements store.Facts.
func (s *Spool) Drop(ctx context.Context, name string, keys ...string) error {
	s.unkeep(name, keys)
	ended, err := s.try(ctx, func(ctx context.Context) error { return s.Store.Drop(ctx, name, keys...) })
	if ended || err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(name)
	defer s.leave(name, o)
	for _, key := range keys {
		if !slices.Contains(o.drops, key) && s.keep(dropBytes(key)) {
			o.drops = append(o.drops, key)
		}
	}
	return nil
}

// unkeep takes facts out of the spool.
func (s *Spool) unkeep(name string, keys []string) {
	if s.waiting.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(name)
	defer s.leave(name, o)
	for _, e := range slices.Clone(o.entries) {
		if slices.Contains(keys, e.Key) {
			s.forget(o, e)
		}
	}
}

// Touch implements store.Facts.
func (s *Spool) Touch(ctx context.Context, ttl time.Duration, names ...string) error {
	ended, err := s.try(ctx, func(ctx context.Context) error { return s.Store.Touch(ctx, ttl, names...) })
	if ended || err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		o := s.find(name)
		s.touch(name, o, ttl)
		s.leave(name, o)
	}
	return nil
}

// touch keeps the wish to keep an owner for ttl. s.mu is held.
func (s *Spool) touch(name string, o *owner, ttl time.Duration) {
	if o.touch > 0 || s.keep(touchBytes(name)) {
		o.touch = ttl
	}
}

func dropBytes(key string) int64   { return int64(len(key)) + entryBytes }
func touchBytes(name string) int64 { return int64(len(name)) + entryBytes }
