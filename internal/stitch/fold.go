package stitch

import (
	"context"
	"errors"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
)

const (
	// foldLeast is how many avails are summed up at a time, so that few writes
	// are made.
	foldLeast = 4
	// foldAfter is how long ago an avail ended at least, in microseconds: a player
	// that was paused may still ask for its segments.
	foldAfter = 120_000_000
)

// foldable is how many of a run's first fills can be summed up.
func (s *Playback) foldable(r *pods.Run, ref *origin.View) int {
	window := ref.Edge() - ref.Start()
	latest := ref.Start() - max(window, foldAfter)
	for i := range s.Layout.Renditions {
		v := s.Stream.Newest(s.Layout.Renditions[i].Name)
		if v != nil && v.Placed && v.Epoch.Index == r.Epoch.Index && v.Edge() > latest { // else it is not served any more
			// Its boundary may lie later than the reference's: its first segment may
			// be the return.
			latest = min(latest, v.Start()-v.Target)
		}
	}
	n := 0
	for _, sp := range r.Open(s.Spans(r.Epoch.Index)) {
		if n == len(r.Fills) || sp.Static || sp.End == origin.Open {
			break
		}
		f := &r.Fills[n]
		if f.Key != sp.Key {
			continue // it was over before the session began
		}
		end, ok := sp.Time(sp.End)
		over := f.Booked && (f.Empty() || f.Back != pods.Unknown && f.Numbered)
		if !ok || !over || max(end, f.BackTime) >= latest {
			break
		}
		n++
	}
	return n
}

// FoldDue is whether there is enough to sum up.
func (s *Playback) FoldDue(ref *origin.View) bool {
	r := s.current()
	return r != nil && r.Epoch.Index == ref.Epoch.Index && len(r.Fills) > foldLeast && !ref.Ended &&
		r.Fills[foldLeast-1].Time < ref.Start()-foldAfter && s.foldable(r, ref) >= foldLeast
}

// current is the newest run, nil before the first.
func (s *Playback) current() *pods.Run {
	if n := len(s.runs); n > 0 {
		return s.runs[n-1]
	}
	return nil
}

// Fold sums up what can be, off the way of any request. Where another node has
// recorded something meanwhile, a later call does it.
func (s *Playback) Fold(ctx context.Context) {
	s.Lock()
	defer s.Unlock()
	ref := s.Stream.Newest(origin.Reference)
	if ref == nil || !s.FoldDue(ref) {
		return
	}
	if err := s.foldFirst(ctx, s.current(), s.foldable(s.current(), ref)); err != nil && !errors.Is(err, ErrMoved) && !errors.Is(err, store.ErrUnavailable) {
		s.env.Log.Warn("sum up the avails of a session", "session", s.ID, "err", err)
	}
}

// foldFirst sums up the first n fills of a run.
func (s *Playback) foldFirst(ctx context.Context, r *pods.Run, n int) error {
	next := r.Base
	next.Offsets = append([]int64(nil), r.Base.Offsets...)
	next.Before = r.Fills[n-1].Key.Sequence + 1
	next.Drift, next.Edge = r.Drift(n), s.known.Edge
	next.LastEnd = s.known.Prefetches.LastEnd()
	next.Count = s.Index(avail.Key{Epoch: r.Epoch.Index, Sequence: next.Before})
	next.Rev = s.known.RevBefore(avail.Key{Epoch: r.Epoch.Index, Sequence: next.Before})
	if err := s.skip(ctx, r, n); err != nil {
		return err
	}
	for i := range n {
		f := &r.Fills[i]
		if f.Empty() {
			continue
		}
		next.Number, next.Return = f.Number, f.BackTime
		next.Pod, next.Start = f.Key.Sequence, f.Time
		for k := range next.Offsets {
			next.Offsets[k] += s.Numbers(r, k).Shift(i)
		}
	}
	var stored records.Fold
	if err := s.register(ctx, records.FoldKey, next.Rank(), next, &stored); err != nil {
		return err
	}
	if s.known.SumUp(stored) {
		s.folded()
	}
	return nil
}

// skip fixes the cuts of the first n pods in renditions that were not asked for
// while the pods were in the window: nothing was shown there, or nothing after.
func (s *Playback) skip(ctx context.Context, r *pods.Run, n int) error {
	if s.Layout.Timed {
		return nil // its renditions have no cuts of their own
	}
	var cuts []cut.Name
	for i := range n {
		f := &r.Fills[i]
		if f.Empty() {
			continue
		}
		adjacent := pods.BeginsAt(r.Fills[i+1:], f.Back)
		for k := range s.Layout.Renditions {
			name := s.Layout.Renditions[k].Name
			for _, c := range []cut.Name{
				{Rendition: name, Epoch: r.Epoch.Index, Sequence: f.Start},
				{Rendition: name, Epoch: r.Epoch.Index, Sequence: f.Back, Back: !adjacent},
			} {
				if _, ok := s.Stream.Known(c); !ok {
					cuts = append(cuts, c)
				}
			}
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	return s.Stream.Skip(ctx, cuts)
}

// folded drops what the newest fold sums up.
func (s *Playback) folded() {
	f := s.known.Fold
	for _, r := range s.runs {
		if r.Epoch.Index != f.Epoch {
			continue
		}
		n := sort.Search(len(r.Fills), func(i int) bool { return r.Fills[i].Key.Sequence >= f.Before })
		r.Base, r.Fills = *f, append([]pods.Fill(nil), r.Fills[n:]...)
	}
	for k, w := range s.pendings {
		if f.Covers(k) {
			s.decided(k)
			w.settle()
		}
	}
}
