package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// maxPins bounds the values of a stream; more than keptPins are kept only where an MPD has
// so many Periods.
const (
	maxPins  = 16_384
	keptPins = 256
)

// Pin records values of the stream under names, unless a name has a value, and returns the
// recorded values. An MPD's availabilityStartTime and the starts of its Periods must not
// change after they were published (ISO/IEC 23009-1 §5.4, dash-players P2), even if the
// origin changes them.
func (s *Stream) Pin(ctx context.Context, names []string, values []int64) ([]int64, error) {
	if got, ok := s.pinned(names); ok {
		return got, nil
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	var facts []avail.Fact
	s.mu.RLock()
	for i, name := range names {
		if _, ok := s.pins[name]; !ok {
			facts = append(facts, avail.Fact{Key: "pin/" + name, Value: origin.Encode(values[i])})
		}
	}
	s.mu.RUnlock()
	if len(facts) > 0 {
		if _, err := s.create(ctx, facts...); err != nil {
			return nil, err
		}
	}
	got, ok := s.pinned(names)
	if !ok {
		return nil, fmt.Errorf("the stream has more than %d pinned values", maxPins)
	}
	return got, s.unpin(ctx, names)
}

// Pins are the values whose names begin with a prefix.
func (s *Stream) Pins(prefix string) map[string]int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out map[string]int64
	for name, v := range s.pins {
		if strings.HasPrefix(name, prefix) {
			if out == nil {
				out = map[string]int64{}
			}
			out[name] = v
		}
	}
	return out
}

// pinned are the values under names, false where one is missing.
func (s *Stream) pinned(names []string) ([]int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	got := make([]int64, len(names))
	for i, name := range names {
		v, ok := s.pins[name]
		if !ok {
			return nil, false
		}
		got[i] = v
	}
	return got, true
}

// unpin drops the values that are not among names, where there are many.
func (s *Stream) unpin(ctx context.Context, names []string) error {
	if len(s.pins) <= max(keptPins, 2*len(names)) {
		return nil
	}
	kept := map[string]int64{}
	for _, name := range names {
		kept[name] = s.pins[name]
	}
	var gone []string
	for name := range s.pins {
		if _, ok := kept[name]; !ok {
			gone = append(gone, "pin/"+name)
		}
	}
	if err := s.facts.Drop(ctx, s.owner, gone...); err != nil {
		return fmt.Errorf("drop pinned values: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pins = kept
	return nil
}

// learnPin adds a stored value.
func (s *Stream) learnPin(name string, value []byte) error {
	var v int64
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	if s.pins == nil {
		s.pins = map[string]int64{}
	}
	if len(s.pins) < maxPins {
		s.pins[name] = v
	}
	return nil
}
