package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/spans"
)

const (
	// keepAvails is how long an avail stays in the ledger after its end, in microseconds.
	// It is longer than a session may be idle, so that a session that continues finds the
	// avails since its last sums.
	keepAvails = 2 * 3600 * second
	// pruneEvery is how many avails come in between.
	pruneEvery = 16
)

// prune drops the avails of an epoch that no session needs any more, with their
// boundaries and cuts. It is called with the log locked.
func (s *Stream) prune(ctx context.Context, v *origin.View) error {
	list := s.spans[v.Epoch.Index]
	if len(list)-s.pruned < pruneEvery || len(list) > 0 && list[0].Static {
		return nil
	}
	latest := v.Start() - max(cmp.Or(s.opt.Keep, keepAvails), 2*(v.Edge()-v.Start()))
	n := spans.Expired(list, latest)
	s.pruned = len(list) - n
	if n == 0 {
		return nil
	}
	if err := s.facts.Drop(ctx, s.owner, s.keysOf(list[:n], list[n].Sequence)...); err != nil {
		return fmt.Errorf("prune ledger: %w", err)
	}
	s.forget(v.Epoch.Index, n)
	return nil
}

// forget drops the first n avails of an epoch from memory.
func (s *Stream) forget(epoch, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans[epoch] = slices.Clone(s.spans[epoch][n:])
	first := s.spans[epoch][0].Sequence
	for _, name := range s.cuts.Before(epoch, first) {
		delete(s.cuts, name)
	}
}

// keysOf are the keys under which avails stand in the ledger, and the cuts before a
// number of the reference.
func (s *Stream) keysOf(list []*origin.Span, before int64) []string {
	keys, epoch := spans.Keys(list), list[0].Epoch
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, name := range s.cuts.Before(epoch, before) {
		keys = append(keys, name.Key())
	}
	return keys
}
