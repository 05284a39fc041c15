package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// drainers is how many writes of the spool are under way at once: a store commits
// those that come together in one transaction.
const drainers = 64

// Run writes what is kept as soon as the store takes it, until ctx ends.
func (s *Spool) Run(ctx context.Context) {
	again := time.NewTimer(0)
	defer again.Stop()
	var beats <-chan time.Time
	if s.opt.Shared {
		t := time.NewTicker(beatEvery)
		defer t.Stop()
		beats = t.C
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			err = s.drain(ctx)
		case <-again.C:
			err = s.drain(ctx)
		case <-beats:
			err = s.Beat(ctx)
		}
		if err != nil {
			again.Reset(s.opt.RetryEvery)
		}
	}
}

// Close writes what is kept, once more. What the store does not take then is lost,
// and counted.
func (s *Spool) Close(ctx context.Context) error {
	err := s.drain(ctx)
	if n := s.waiting.Load(); n > 0 {
		s.opt.Metrics.lost.Add(float64(n))
		return fmt.Errorf("%d writes are lost: %w", n, err)
	}
	return nil
}

// drain writes what is kept. Without an error nothing is left.
func (s *Spool) drain(ctx context.Context) error {
	for {
		writes := s.writes()
		if len(writes) == 0 {
			if err := s.resume(ctx); err != nil {
				return err
			}
			return s.drainDisk(ctx)
		}
		// One write finds out whether the store takes any.
		if err := writes[0](ctx); err != nil {
			return err
		}
		if err := together(ctx, writes[1:]); err != nil {
			return err
		}
	}
}

// together does writes side by side, and stops at the first failure.
func together(ctx context.Context, writes []func(context.Context) error) error {
	var mu sync.Mutex
	var failed error
	var wg sync.WaitGroup
	for range min(drainers, len(writes)) {
		wg.Go(func() {
			for {
				mu.Lock()
				if failed != nil || len(writes) == 0 {
					mu.Unlock()
					return
				}
				write := writes[0]
				writes = writes[1:]
				mu.Unlock()
				if err := write(ctx); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}

// probeOwner is the owner of the fact that is written to find out whether a shared
// store takes writes.
const probeOwner = "probe"

// probe writes it.
func (s *Spool) probe(ctx context.Context) error {
	_, err := s.Store.Create(ctx, probeOwner, time.Minute, avail.Fact{Key: probeOwner, Rank: s.opt.Now().UnixMicro()})
	return err
}

// resume has callers wait for the store again, because nothing is kept. Over a shared
// store that need not mean that it works.
func (s *Spool) resume(ctx context.Context) error {
	if !s.stalled.Load() {
		return nil
	}
	if s.opt.Shared {
		// Half of what begins an outage ends it: else a store that is about as slow as that
		// would be away and back all the time, on each node at other moments.
		soon, cancel := context.WithTimeout(ctx, s.opt.Patience/2)
		err := s.probe(soon)
		cancel()
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting.Load() > 0 {
		s.call() // something was kept meanwhile
		return nil
	}
	s.found()
	s.deaf.Store(false)
	if s.stalled.Swap(false) {
		s.opt.Log.Info("the store works again")
	}
	return nil
}

// writes lists what is to be written.
func (s *Spool) writes() []func(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []func(context.Context) error
	for name, o := range s.owners {
		if o.dirty() {
			list = append(list, func(ctx context.Context) error { return s.writeOwner(ctx, name) })
		}
	}
	for key := range s.triggers {
		list = append(list, func(ctx context.Context) error { return s.writeTrigger(ctx, key) })
	}
	for key := range s.settled {
		list = append(list, func(ctx context.Context) error { return s.writeSettled(ctx, key) })
	}
	return list
}

// writeOwner writes what is kept of an owner. An error means that the store still
// does not take it.
func (s *Spool) writeOwner(ctx context.Context, name string) error {
	s.mu.Lock()
	o := s.find(name)
	drops, ttl, touch := slices.Clone(o.drops), max(o.ttl, 0), o.touch
	var meant []*entry
	for _, e := range o.entries {
		if e.kept {
			e.flights++
			meant = append(meant, e)
		}
	}
	s.mu.Unlock()
	defer s.release(name, o)
	defer s.end(o, meant)
	if len(drops) > 0 {
		if err := s.refused(s.Store.Drop(ctx, name, drops...)); err != nil {
			return err
		}
	}
	if len(meant) > 0 {
		stored, err := s.Store.Create(ctx, name, ttl, values(meant)...)
		if err := s.refused(err); err != nil {
			return err
		}
		for i, f := range stored {
			// What nodes conclude alike differs in when they concluded it.
			if !s.opt.Shared && f.Rank == meant[i].Rank && !bytes.Equal(f.Value, meant[i].Value) {
				s.opt.Log.Warn("another process has stored a different value meanwhile", "owner", name, "key", f.Key)
			}
		}
	}
	if touch > 0 {
		if err := s.refused(s.Store.Touch(ctx, touch, name)); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range meant {
		s.forget(o, e)
	}
	for _, key := range drops {
		s.book(-dropBytes(key), -1)
	}
	o.drops = o.drops[len(drops):]
	if touch > 0 && o.touch == touch {
		o.touch = 0
		s.book(-touchBytes(name), -1)
	}
	if len(o.entries) == 0 {
		o.ttl = 0
	}
	return nil
}

func (s *Spool) writeTrigger(ctx context.Context, key triggerKey) error {
	s.mu.Lock()
	kept := s.triggers[key]
	t := *kept
	s.mu.Unlock()
	_, err := s.Store.Widen(ctx, t.Trigger, t.ttl)
	if err := s.refused(err); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept.Events == t.Events {
		delete(s.triggers, key)
		s.book(-kept.size(), -1)
	}
	return nil
}

// refused is err where the store fails. A write that the store refuses for another
// reason is refused each time: it is lost.
func (s *Spool) refused(err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.opt.Metrics.lost.Inc()
	s.opt.Log.Error("the store refused a write that was held in the spool", "err", err)
	return nil
}
