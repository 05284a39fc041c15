package spool

import (
	"context"
	"time"

	"stitcher/internal/avail"
)

type triggerKey struct {
	session string
	avail   avail.Key
	ad      int
}

// trigger is a widening that is kept.
type trigger struct {
	avail.Trigger
	ttl time.Duration
}

// size is about what a trigger takes.
func (t *trigger) size() int64 { return int64(len(t.Session)) + entryBytes }

// Widen implements store.Outbox. While the store stalls, the new events are those
// that are not kept yet: the store knows which of them it had already.
func (s *Spool) Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (avail.Events, error) {
	var added avail.Events
	ended, err := s.try(ctx, func(ctx context.Context) (err error) {
		added, err = s.Store.Widen(ctx, t, ttl)
		return err
	})
	if ended || err != nil {
		return added, err
	}
	if s.opt.Disk != nil {
		s.opt.Metrics.stalled.Inc()
		return s.opt.Disk.Widen(ctx, t, ttl)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(t)
	k := s.triggers[key]
	if k == nil {
		k = &trigger{Trigger: t, ttl: ttl}
		if !s.keep(k.size()) {
			return 0, errFull
		}
		s.triggers[key] = k
		return t.Events, nil
	}
	if added = t.Events &^ k.Events; added != 0 {
		k.Events |= added
		k.At, k.ttl = t.At, max(k.ttl, ttl)
	}
	return added, nil
}

func keyOf(t avail.Trigger) triggerKey { return triggerKey{t.Session, t.Avail, t.Ad} }
