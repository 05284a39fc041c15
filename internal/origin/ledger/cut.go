package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/store"
)

// CutName names a cut in the ledger: the boundary of a rendition that stands for a boundary
// of the reference, at the start of a pod or at the return from it.
type CutName struct {
	Rendition string
	Epoch     int
	// Sequence is the reference's segment that starts at the boundary.
	Sequence int64
	// Back is whether content returns here; otherwise a pod begins.
	Back bool
}

// String is the key of the cut in the ledger, without its kind.
func (c CutName) String() string {
	side := "start"
	if c.Back {
		side = "return"
	}
	return c.Rendition + "/" + strconv.Itoa(c.Epoch) + "/" + itoa(c.Sequence) + "/" + side
}

// parseCutName reads what String wrote.
func parseCutName(s string) (CutName, error) {
	p := strings.Split(s, "/")
	if len(p) != 4 {
		return CutName{}, fmt.Errorf("cut key %q has not four parts", s)
	}
	epoch, err := strconv.Atoi(p[1])
	if err != nil {
		return CutName{}, err
	}
	ref, err := strconv.ParseInt(p[2], 10, 64)
	return CutName{Rendition: p[0], Epoch: epoch, Sequence: ref, Back: p[3] == "return"}, err
}

// Skip records that cuts which are not known by now are skipped.
func (s *Stream) Skip(ctx context.Context, cuts []CutName) error {
	facts := make([]avail.Fact, len(cuts))
	for i, c := range cuts {
		facts[i] = avail.Fact{Key: "cut/" + c.String(), Value: origin.Encode(origin.Skipped)}
	}
	// Another node may have found them: it must not be written later that they are skipped.
	stored, err := s.facts.Create(store.Unheld(ctx), s.owner, s.opt.TTL, facts...)
	if err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range stored {
		s.high = max(s.high, f.Rev)
		if err := s.learn(f); err != nil {
			return fmt.Errorf("ledger fact %q: %w", f.Key, err)
		}
	}
	return nil
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
	key := CutName{rendition, v.Epoch.Index, c.Sequence, c.Back}
	x, ok := s.known(key)
	if ok {
		return x, true, nil
	}
	if c.Known {
		return 0, false, nil
	}
	x, alike, ok := s.find(key, v, c)
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
	got, err := s.facts.Create(writing, s.owner, s.opt.TTL, avail.Fact{Key: "cut/" + key.String(), Value: origin.Encode(x)})
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
func (s *Stream) Known(c CutName) (int64, bool) {
	if c.Rendition == origin.Reference {
		return c.Sequence, true
	}
	return s.known(c)
}

// known is a cut that is in the ledger, or that needs no record because the
// rendition fed the timeline there.
func (s *Stream) known(key CutName) (int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if x, ok := s.cuts[key]; ok {
		return x, true
	}
	return s.feeds.Fed(key.Rendition, key.Epoch, key.Sequence)
}

// find is the mapping rule of splicing.md, "Other renditions": the boundary
// nearest in time among those with the reference's discontinuity number, once
// nothing nearer can come. alike is whether every node finds the same, whenever it is
// asked.
func (s *Stream) find(key CutName, v *origin.View, c Cut) (x int64, alike, ok bool) {
	if !v.Placed {
		// Where it stands is not known. What is over since before its window is skipped.
		return origin.Skipped, false, s.before(v, c.Time)
	}
	if v.Start() > c.Time+match.Slack {
		return s.gone(key, v, c), false, true
	}
	edge := v.Edge()
	if edge < c.Time-match.Slack {
		return 0, false, false
	}
	best, miss, next := match.Nearest(v, c.boundary(), true)
	if best >= 0 {
		certain := next || !c.Back || v.Ended
		if v.First > v.Head() {
			best = max(best, v.First) // what is before that is not listed in the epoch
		}
		return best, true, certain && (v.Ended || edge >= c.Time+miss || miss <= match.Slack)
	}
	if edge < c.Time+v.Target {
		return 0, false, false // the boundary with the right number may still come
	}
	best, _, _ = match.Nearest(v, c.boundary(), false)
	return best, true, best >= 0
}

// before says whether a time lies before the window of a rendition whose place is not known:
// its live edge is near the timeline's.
func (s *Stream) before(v *origin.View, at int64) bool {
	line := s.Newest(origin.Reference)
	if line == nil || line.Epoch.Index != v.Epoch.Index {
		return false
	}
	for i := range v.Segments {
		at += v.Segments[i].Duration
	}
	return at+farOff*v.Target < line.Edge()
}

// farOff is how many target durations live edges are apart at most.
const farOff = 4

// gone is the cut that left a rendition's window before a request fixed it. No playlist has
// shown it, so the segment before the window stands for it, or a later cut if one is known
// already: a pod that left as a whole must not have its return in the window, which would
// begin with a DISCONTINUITY. It is a segment before for each discontinuity that left
// unseen after it, and at the start of a pod for each that left unseen before it: each needs a
// number to have left with.
func (s *Stream) gone(key CutName, v *origin.View, c Cut) int64 {
	x := v.Head() - 1
	s.mu.RLock()
	defer s.mu.RUnlock()
	if g := s.tails[key.Rendition].Gap; g != nil && !key.Back && c.Before != origin.Unknown {
		x = max(x, min(v.Head(), g.Sequence+1+c.Before-g.Number))
	}
	for k, known := range s.cuts {
		if k.Rendition == key.Rendition && k.Epoch == key.Epoch && k.Sequence > key.Sequence && known != origin.Skipped {
			x = min(x, known)
		}
	}
	for i := range s.feeds {
		if f := &s.feeds[i]; f.Rendition == key.Rendition && f.Epoch == key.Epoch && f.From > key.Sequence {
			x = min(x, f.From+f.Shift)
		}
	}
	number := c.Before
	if key.Back {
		number = c.After
	}
	if number != origin.Unknown {
		x -= max(0, v.NumberBefore(0)-number)
	}
	return x
}
