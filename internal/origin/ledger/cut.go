package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/store"
)

// cutKey names a cut: the boundary of a rendition that stands for a boundary
// of the reference, at the start of a pod or at the return from it.
type cutKey struct {
	rendition string
	epoch     int
	reference int64
	back      bool
}

func (k cutKey) String() string {
	side := "start"
	if k.back {
		side = "return"
	}
	return k.rendition + "/" + strconv.Itoa(k.epoch) + "/" + itoa(k.reference) + "/" + side
}

func parseCutKey(s string) (cutKey, error) {
	p := strings.Split(s, "/")
	if len(p) != 4 {
		return cutKey{}, fmt.Errorf("cut key %q has not four parts", s)
	}
	epoch, err := strconv.Atoi(p[1])
	if err != nil {
		return cutKey{}, err
	}
	ref, err := strconv.ParseInt(p[2], 10, 64)
	return cutKey{rendition: p[0], epoch: epoch, reference: ref, back: p[3] == "return"}, err
}

// CutName names a cut in the ledger.
type CutName struct {
	Rendition string
	Epoch     int
	// Sequence is the reference's segment that starts at the boundary.
	Sequence int64
	// Back is whether content returns here; otherwise a pod begins.
	Back bool
}

// Skip records that cuts which are not known by now are skipped.
func (s *Stream) Skip(ctx context.Context, cuts []CutName) error {
	facts := make([]avail.Fact, len(cuts))
	for i, c := range cuts {
		facts[i] = avail.Fact{Key: "cut/" + cutKey{c.Rendition, c.Epoch, c.Sequence, c.Back}.String(), Value: origin.Encode(origin.Skipped)}
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

// mapSlack is how far apart two boundaries may be and count as one: audio
// frames and rounding to milliseconds.
const mapSlack = 60_000

// Cut finds the sequence number of the rendition's first segment after a
// boundary of the reference. It answers false while that is not certain; once
// answered the cut is in the ledger and never changes.
func (s *Stream) Cut(ctx context.Context, rendition string, v *origin.View, c Cut) (int64, bool, error) {
	if rendition == origin.Reference {
		return c.Sequence, true, nil
	}
	key := cutKey{rendition, v.Epoch.Index, c.Sequence, c.Back}
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
	return s.known(cutKey{c.Rendition, c.Epoch, c.Sequence, c.Back})
}

// known is a cut that is in the ledger, or that needs no record because the
// rendition fed the timeline there.
func (s *Stream) known(key cutKey) (int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if x, ok := s.cuts[key]; ok {
		return x, true
	}
	return s.fed(key.rendition, key.epoch, key.reference)
}

// find is the mapping rule of splicing.md, "Other renditions": the boundary
// nearest in time among those with the reference's discontinuity number, once
// nothing nearer can come. alike is whether every node finds the same, whenever it is
// asked.
func (s *Stream) find(key cutKey, v *origin.View, c Cut) (x int64, alike, ok bool) {
	if !v.Placed {
		// Where it stands is not known. What is over since before its window is skipped.
		return origin.Skipped, false, s.before(v, c.Time)
	}
	if v.Start() > c.Time+mapSlack {
		return s.gone(key, v, c), false, true
	}
	edge := v.Edge()
	if edge < c.Time-mapSlack {
		return 0, false, false
	}
	best, miss, next := nearest(v, c, true)
	if best >= 0 {
		certain := next || !c.Back || v.Ended
		if v.First > v.Head() {
			best = max(best, v.First) // what is before that is not listed in the epoch
		}
		return best, true, certain && (v.Ended || edge >= c.Time+miss || miss <= mapSlack)
	}
	if edge < c.Time+v.Target {
		return 0, false, false // the boundary with the right number may still come
	}
	best, _, _ = nearest(v, c, false)
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
func (s *Stream) gone(key cutKey, v *origin.View, c Cut) int64 {
	x := v.Head() - 1
	s.mu.RLock()
	defer s.mu.RUnlock()
	if g := s.tails[key.rendition].Gap; g != nil && !key.back && c.Before != origin.Unknown {
		x = max(x, min(v.Head(), g.Sequence+1+c.Before-g.Number))
	}
	for k, known := range s.cuts {
		if k.rendition == key.rendition && k.epoch == key.epoch && k.reference > key.reference && known != origin.Skipped {
			x = min(x, known)
		}
	}
	for i := range s.feeds {
		if f := &s.feeds[i]; f.Rendition == key.rendition && f.Epoch == key.epoch && f.From > key.reference {
			x = min(x, f.From+f.Shift)
		}
	}
	number := c.Before
	if key.back {
		number = c.After
	}
	if number != origin.Unknown {
		x -= max(0, v.NumberBefore(0)-number)
	}
	return x
}

// nearest looks at every boundary of v. next is whether the segment after the
// one found is listed.
func nearest(v *origin.View, c Cut, numbered bool) (best, miss int64, next bool) {
	best, miss = -1, 1<<62
	n := len(v.Segments)
	first := noLater
	for i := n; i >= 0; i-- {
		at := v.Times[i]
		if i == n {
			// The end of the last segment, which a date may leave behind.
			at = v.Edge()
		}
		if first = min(first, at); at > first && !v.Dated {
			continue // an estimate that was too late: a later boundary's time is earlier
		}
		if numbered && !fits(v, i, c) {
			continue
		}
		e := at - c.Time
		if !c.Back && e < -v.Target/2-mapSlack {
			continue // content that was shown as such would become ads
		}
		if e < 0 {
			e = -e
		}
		if e <= miss {
			best, miss, next = v.Sequence+int64(i), e, i < n
		}
	}
	return best, miss, next
}

// noLater is a time after all others.
const noLater = int64(1)<<62 - 1

// fits says whether the discontinuity numbers at boundary i are the
// reference's.
func fits(v *origin.View, i int, c Cut) bool {
	n := len(v.Segments)
	if !c.Back {
		before := v.Segments[n-1].Number
		if i < n {
			before = v.NumberBefore(i)
		}
		return c.Before == origin.Unknown || before == c.Before
	}
	return i == n || c.After == origin.Unknown || v.Segments[i].Number == c.After
}
