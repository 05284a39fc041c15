package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/store"
)

// Skip records that cuts which are not known by now are skipped.
func (s *Stream) Skip(ctx context.Context, cuts []cut.Name) error {
	facts := make([]avail.Fact, len(cuts))
	for i, c := range cuts {
		facts[i] = c.Fact(origin.Skipped)
	}
	// Another node may have found them: it must not be written later that they are skipped.
	stored, err := s.facts.Create(store.Unheld(ctx), s.owner, s.opt.TTL, facts...)
	if err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return s.learnAll(stored)
}

// Cut is a boundary of the reference that is to be found in other renditions.
type Cut struct {
	// Sequence is the reference's segment that starts there.
	Sequence int64
	// Time is the boundary's stream time.
	Time int64
	// Before and After are the reference's discontinuity numbers of the
	// segments on both sides; Unknown if not seen.
	Before, After int64
	// Back is whether content returns here; otherwise a pod begins.
	Back bool
	// Known finds no cut that is not in the ledger yet.
	Known bool
	// Assume goes on with a cut that other nodes may have found otherwise, where the store
	// that they share is away. Without it that is an error that wraps
	// store.ErrUnavailable.
	Assume bool
	// Unsettled is set while other nodes may hold cuts that they found while the store was
	// away: what they may have found otherwise is such an error too.
	Unsettled bool
}

// boundary is what is looked for in a rendition.
func (c *Cut) boundary() match.Boundary {
	return match.Boundary{Time: c.Time, Before: c.Before, After: c.After, Back: c.Back}
}

// Cut finds the sequence number of the rendition's first segment after a
// boundary of the reference. It answers false while that is not certain; once
// answered the cut is in the ledger and never changes.
func (s *Stream) Cut(ctx context.Context, rendition string, v *origin.View, c Cut) (int64, bool, error) {
	if rendition == origin.Reference {
		return c.Sequence, true, nil
	}
	key := cut.Name{Rendition: rendition, Epoch: v.Epoch.Index, Sequence: c.Sequence, Back: c.Back}
	x, ok := s.known(key)
	if ok {
		return x, true, nil
	}
	if c.Known {
		return 0, false, nil
	}
	x, alike, ok := s.find(key, v, c.boundary())
	if !ok {
		return 0, false, nil
	}
	if !alike && c.Unsettled {
		return 0, false, fmt.Errorf("%w: another node may hold cut %s", store.ErrUnavailable, key)
	}
	// It is written without regard to the revision, because nothing else depends
	// on it and a viewer must not wait for a template that is being placed. What nodes do
	// not find alike must not be written later: another node may have shown its own.
	writing := ctx
	if !alike && !c.Assume {
		writing = store.Unheld(ctx)
	}
	got, err := s.facts.Create(writing, s.owner, s.opt.TTL, key.Fact(x))
	if err != nil {
		return 0, false, fmt.Errorf("write ledger: %w", err)
	}
	if err := json.Unmarshal(got[0].Value, &x); err != nil {
		return 0, false, fmt.Errorf("cut %s: %w", key, err)
	}
	s.mu.Lock()
	s.cuts[key], s.high = x, max(s.high, got[0].Rev)
	s.mu.Unlock()
	return x, true, nil
}

// Known is a cut that the ledger has already.
func (s *Stream) Known(c cut.Name) (int64, bool) {
	if c.Rendition == origin.Reference {
		return c.Sequence, true
	}
	return s.known(c)
}

// known is a cut that is in the ledger, or that needs no record because the
// rendition fed the timeline there.
func (s *Stream) known(key cut.Name) (int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if x, ok := s.cuts[key]; ok {
		return x, true
	}
	return s.feeds.Fed(key.Rendition, key.Epoch, key.Sequence)
}

// find looks for a cut in a view of its rendition.
func (s *Stream) find(key cut.Name, v *origin.View, b match.Boundary) (x int64, alike, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	search := cut.Search{Name: key, Boundary: b, View: v, Gap: s.tails[key.Rendition].Gap, Cuts: s.cuts, Feeds: s.feeds}
	if line := s.tracks[origin.Reference]; line != nil {
		search.Line = line.newest
	}
	return search.Find()
}
