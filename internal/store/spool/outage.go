package spool

import (
	"context"
	"slices"
	"time"

	"stitcher/internal/store"
)

const (
	// beatEvery is how often a shared store is tried. A node that is asked nothing would
	// not notice otherwise that the store was away, and what other nodes did meanwhile.
	beatEvery = 500 * time.Millisecond
	// remember is for how long an outage that is over is remembered.
	remember = time.Minute
	// maxOutages bounds how many are.
	maxOutages = 32
)

// Outages are the outages of a shared store that this process has met and that are not
// long over, in order. The last one may go on. The list must not be changed.
func (s *Spool) Outages() []store.Outage {
	if p := s.outages.Load(); p != nil {
		return *p
	}
	return nil
}

// lost notes that an outage begins.
func (s *Spool) lost() {
	if !s.opt.Shared {
		return
	}
	s.mark.Lock()
	defer s.mark.Unlock()
	now := s.opt.Now()
	list := slices.DeleteFunc(slices.Clone(s.Outages()), func(o store.Outage) bool {
		return !o.Ended.IsZero() && now.Sub(o.Ended) > remember
	})
	if n := len(list) - maxOutages + 1; n > 0 {
		list = list[n:]
	}
	list = append(list, store.Outage{Began: now})
	s.outages.Store(&list)
}

// found notes that the outage is over.
func (s *Spool) found() {
	s.mark.Lock()
	defer s.mark.Unlock()
	list := slices.Clone(s.Outages())
	if n := len(list); n > 0 && list[n-1].Ended.IsZero() {
		list[n-1].Ended = s.opt.Now()
		s.outages.Store(&list)
	}
}

// Beat finds out whether a shared store takes writes, and writes what is kept if it
// does. Run calls it.
func (s *Spool) Beat(ctx context.Context) error {
	if !s.stalled.Load() {
		if ended, err := s.try(ctx, s.probe); ended || err != nil {
			return err
		}
	}
	return s.drain(ctx)
}
