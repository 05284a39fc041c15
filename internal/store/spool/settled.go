package spool

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// settled is the end of a claim that the store has not taken: without it the beacons
// that were sent would be sent again by the node that claims the trigger next.
type settled struct {
	store.Claim
	sent  avail.Events
	tried []store.Attempt
	due   int64
	adds  []store.EventAdd
}

// size is about what it takes.
func (x *settled) size() int64 {
	n := int64(len(x.Session)) + entryBytes
	for _, a := range x.tried {
		n += int64(len(a.URL)) + entryBytes
	}
	return n
}

// Settle implements store.Outbox. While the store stalls no node can claim the trigger,
// and what came of it is held and written first when the store goes on.
func (s *Spool) Settle(ctx context.Context, c store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	ended, err := s.try(ctx, func(ctx context.Context) error { return s.Store.Settle(ctx, c, sent, tried, due, adds...) })
	if ended || err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(c.Trigger)
	if old := s.settled[key]; old != nil { // it was claimed again, which needs a store
		s.book(-old.size(), -1)
		sent |= old.sent
		tried, adds = append(old.tried, tried...), append(old.adds, adds...)
		delete(s.settled, key)
	}
	x := &settled{c, sent, tried, due, adds}
	if !s.keep(x.size()) {
		return errFull
	}
	s.settled[key] = x
	return nil
}

func (s *Spool) writeSettled(ctx context.Context, key triggerKey) error {
	s.mu.Lock()
	x := s.settled[key]
	s.mu.Unlock()
	if err := s.refused(s.Store.Settle(ctx, x.Claim, x.sent, x.tried, x.due, x.adds...)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled[key] == x {
		delete(s.settled, key)
		s.book(-x.size(), -1)
	}
	return nil
}
