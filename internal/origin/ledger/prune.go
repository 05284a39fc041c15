package ledger

import (
	"cmp"
	"context"
	"fmt"

	"stitcher/internal/origin"
)

const (
	// keepAvails is how long an avail stays in the ledger after its end, in microseconds.
	// It is longer than a session may be idle, so that a session that continues finds the
	// avails since its last sums.
	keepAvails = 2 * 3600 * second
	// leastAvails are kept whatever their age, because a session sums its avails a few at a
	// time.
	leastAvails = 16
	// mostAvails bounds the avails that are kept, whatever a channel announces.
	mostAvails = 1000
	// pruneEvery is how many avails come in between.
	pruneEvery = 16
)

// prune drops the avails of an epoch that no session needs any more, with their
// boundaries and cuts. It is called with placing held.
func (s *Stream) prune(ctx context.Context, v *origin.View) error {
	spans := s.spans[v.Epoch.Index]
	if len(spans)-s.pruned < pruneEvery || len(spans) > 0 && spans[0].Static {
		return nil
	}
	latest := v.Start() - max(cmp.Or(s.opt.Keep, keepAvails), 2*(v.Edge()-v.Start()))
	n := 0
	for n < len(spans)-leastAvails && spans[n].End != origin.Open && spans[n].After != origin.Unknown {
		if end, ok := spans[n].Time(spans[n].End); ok && end > latest && len(spans)-n <= mostAvails {
			break
		}
		n++
	}
	s.pruned = len(spans) - n
	if n == 0 {
		return nil
	}
	if err := s.facts.Drop(ctx, s.owner, s.keysOf(spans[:n], spans[n].Sequence)...); err != nil {
		return fmt.Errorf("prune ledger: %w", err)
	}
	s.forget(v.Epoch.Index, n)
	return nil
}

// forget drops the first n avails of an epoch from memory.
func (s *Stream) forget(epoch, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spans := s.spans[epoch]
	first := spans[n].Sequence
	s.spans[epoch] = append([]*origin.Span(nil), spans[n:]...)
	for k := range s.cuts {
		if k.epoch < epoch || k.epoch == epoch && k.reference < first {
			delete(s.cuts, k)
		}
	}
}

// keysOf are the keys under which avails stand in the ledger, and the cuts before a
// number of the reference.
func (s *Stream) keysOf(spans []*origin.Span, before int64) []string {
	var keys []string
	epoch := spans[0].Epoch
	for _, sp := range spans {
		name := sp.String()
		keys = append(keys, "avail/"+name, "end/"+name, "after/"+name)
		for _, b := range sp.Bounds {
			keys = append(keys, origin.BoundKey(sp.Key, b.Sequence))
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k := range s.cuts {
		if k.epoch < epoch || k.epoch == epoch && k.reference < before {
			keys = append(keys, "cut/"+k.String())
		}
	}
	return keys
}
