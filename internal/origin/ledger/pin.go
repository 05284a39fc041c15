package ledger

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin/ledger/pin"
)

// Pin records values of the stream under names, unless a name has a value, and returns the
// recorded values. An MPD's availabilityStartTime and the starts of its Periods must not
// change after they were published (ISO/IEC 23009-1 §5.4, dash-players P2), even if the
// origin changes them.
func (s *Stream) Pin(ctx context.Context, names []string, values []int64) ([]int64, error) {
	if got, ok := s.pinned(names); ok {
		return got, nil
	}
	s.log.Lock()
	defer s.log.Unlock()
	var facts []avail.Fact
	s.mu.RLock()
	for i, name := range names {
		if _, ok := s.pins[name]; !ok {
			facts = append(facts, pin.Fact(name, values[i]))
		}
	}
	s.mu.RUnlock()
	if len(facts) > 0 {
		if _, err := s.log.Create(ctx, facts...); err != nil {
			return nil, err
		}
	}
	got, ok := s.pinned(names)
	if !ok {
		return nil, fmt.Errorf("the stream has more than %d pinned values", pin.Max)
	}
	return got, s.unpin(ctx, names)
}

// Pins are the values whose names begin with a prefix.
func (s *Stream) Pins(prefix string) map[string]int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pins.Of(prefix)
}

// pinned are the values under names, false where one is missing.
func (s *Stream) pinned(names []string) ([]int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pins.Get(names)
}

// unpin drops the values that are not among names, where there are many.
func (s *Stream) unpin(ctx context.Context, names []string) error {
	rest, gone := s.pins.Reduced(names)
	if gone == nil {
		return nil
	}
	if err := s.facts.Drop(ctx, s.owner, gone...); err != nil {
		return fmt.Errorf("drop pinned values: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pins = rest
	return nil
}
