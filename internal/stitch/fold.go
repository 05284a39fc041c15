package stitch

import (
	"context"
	"errors"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/store"
)

// fold is the sum of a session's old avails, which left all windows a while ago. It
// keeps the cost of an answer, the memory of a session and the time to read it back
// independent of the session's age. It is stored under "fold".
type fold struct {
	Epoch int `json:"epoch"`
	// Begin is the reference's first segment in the session's first answer of
	// the epoch.
	Begin int64 `json:"begin"`
	// Before is the reference number that avails which are summed up begin before.
	Before int64 `json:"before"`
	// Count is how many of the stream's avails came before, in all epochs.
	Count int `json:"count"`
	// Drift is the session's drift after them, in microseconds.
	Drift int64 `json:"drift"`
	// Number is what is added to the origin's discontinuity numbers after them.
	Number int64 `json:"number"`
	// Return is the stream time at which content returned from the last pod; 0
	// without.
	Return int64 `json:"return,omitempty"`
	// Pod is the position of the last avail that had a pod, Start when that began; 0
	// without.
	Pod   int64 `json:"pod,omitempty"`
	Start int64 `json:"start,omitempty"`
	// Offsets are what they add to the sequence numbers of each rendition.
	Offsets []int64 `json:"offsets"`
	// Edge is the live edge at the session's start, for suppression.
	Edge int64 `json:"edge,omitempty"`
	// LastEnd is when the last avail of the stream ended, for prefetches.
	LastEnd int64 `json:"lastEnd,omitempty"`
	// Rev is the revision of the session after which all records of the avails
	// that are not summed up were written.
	Rev int64 `json:"rev"`
}

const (
	// foldKey is the key of the fold among a session's records.
	foldKey = "fold"
	// foldLeast is how many avails are summed up at a time, so that few writes
	// are made.
	foldLeast = 4
	// foldAfter is how long ago an avail ended at least, in microseconds: a player
	// that was paused may still ask for its segments.
	foldAfter = 120_000_000
)

// rank orders the folds of a session.
func (f *fold) rank() int64 { return int64(f.Epoch)<<48 | f.Before }

// newBase is the fold of a run whose avails are all kept.
func newBase(epoch origin.Epoch, begin int64, renditions int) fold {
	return fold{Epoch: epoch.Index, Begin: begin, Number: epoch.Discontinuity, Offsets: make([]int64, renditions)}
}

// foldable is how many of a run's first fills can be summed up.
func (s *session) foldable(r *run, ref *origin.View) int {
	window := ref.Edge() - ref.Start()
	latest := ref.Start() - max(window, foldAfter)
	for i := range s.layout.Renditions {
		v := s.stream.Newest(s.layout.Renditions[i].Name)
		if v != nil && v.Placed && v.Epoch.Index == r.epoch.Index && v.Edge() > latest { // else it is not served any more
			// Its boundary may lie later than the reference's: its first segment may
			// be the return.
			latest = min(latest, v.Start()-v.Target)
		}
	}
	n := 0
	for _, sp := range r.open(s.spans(r.epoch.Index)) {
		if n == len(r.fills) || sp.Static || sp.End == origin.Open {
			break
		}
		f := &r.fills[n]
		if f.key != sp.Key {
			continue // it was over before the session began
		}
		end, ok := sp.Time(sp.End)
		over := f.booked && (f.empty() || f.back != unknown && f.numbered)
		if !ok || !over || max(end, f.backTime) >= latest {
			break
		}
		n++
	}
	return n
}

// foldDue is whether there is enough to sum up.
func (s *session) foldDue(ref *origin.View) bool {
	r := s.current()
	return r != nil && r.epoch.Index == ref.Epoch.Index && len(r.fills) > foldLeast && !ref.Ended &&
		r.fills[foldLeast-1].time < ref.Start()-foldAfter && s.foldable(r, ref) >= foldLeast
}

// current is the newest run, nil before the first.
func (s *session) current() *run {
	if n := len(s.runs); n > 0 {
		return s.runs[n-1]
	}
	return nil
}

// fold sums up what can be, off the way of any request. Where another node has
// recorded something meanwhile, a later call does it.
func (s *session) fold(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.leaveTurn()
	ref := s.stream.Newest(origin.Reference)
	if ref == nil || !s.foldDue(ref) {
		return
	}
	if err := s.foldFirst(ctx, s.current(), s.foldable(s.current(), ref)); err != nil && !errors.Is(err, errMoved) && !errors.Is(err, store.ErrUnavailable) {
		s.log.Warn("sum up the avails of a session", "session", s.ID, "err", err)
	}
}

// foldFirst sums up the first n fills of a run.
func (s *session) foldFirst(ctx context.Context, r *run, n int) error {
	next := r.base
	next.Offsets = append([]int64(nil), r.base.Offsets...)
	next.Before = r.fills[n-1].key.Sequence + 1
	next.Drift, next.Edge = r.drift(n), s.known.edge
	next.LastEnd = s.prefetches.LastEnd()
	next.Count = s.index(avail.Key{Epoch: r.epoch.Index, Sequence: next.Before})
	next.Rev = s.revBefore(avail.Key{Epoch: r.epoch.Index, Sequence: next.Before})
	if err := s.skip(ctx, r, n); err != nil {
		return err
	}
	for i := range n {
		f := &r.fills[i]
		if f.empty() {
			continue
		}
		next.Number, next.Return = f.number, f.backTime
		next.Pod, next.Start = f.key.Sequence, f.time
		for k := range next.Offsets {
			next.Offsets[k] += s.shiftOf(r, i, s.layout.Renditions[k].Name)
		}
	}
	var stored fold
	if err := s.register(ctx, foldKey, next.rank(), next, &stored); err != nil {
		return err
	}
	s.applyFold(stored)
	return nil
}

// skip fixes the cuts of the first n pods in renditions that were not asked for
// while the pods were in the window: nothing was shown there, or nothing after.
func (s *session) skip(ctx context.Context, r *run, n int) error {
	if s.layout.Timed {
		return nil // its renditions have no cuts of their own
	}
	var cuts []ledger.CutName
	for i := range n {
		f := &r.fills[i]
		if f.empty() {
			continue
		}
		adjacent := next(r.fills[i+1:], f.back)
		for k := range s.layout.Renditions {
			name := s.layout.Renditions[k].Name
			for _, c := range []ledger.CutName{
				{Rendition: name, Epoch: r.epoch.Index, Sequence: f.start},
				{Rendition: name, Epoch: r.epoch.Index, Sequence: f.back, Back: !adjacent},
			} {
				if _, ok := s.stream.Known(c); !ok {
					cuts = append(cuts, c)
				}
			}
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	return s.stream.Skip(ctx, cuts)
}

// shiftOf is what the pod of fill i adds to the sequence numbers of a rendition.
func (s *session) shiftOf(r *run, i int, rendition string) int64 {
	f := &r.fills[i]
	if s.layout.Timed {
		return 0
	}
	from, _ := s.stream.Known(ledger.CutName{Rendition: rendition, Epoch: r.epoch.Index, Sequence: f.start})
	if from == origin.Skipped {
		return int64(f.listed) // the numbers that its tags left with
	}
	back, _ := s.stream.Known(ledger.CutName{
		Rendition: rendition, Epoch: r.epoch.Index, Sequence: f.back, Back: !next(r.fills[i+1:], f.back),
	})
	return int64(f.listed) - (max(back, from) - from)
}

// applyFold takes a stored fold: what it sums up leaves memory.
func (s *session) applyFold(rec fold) {
	if old := s.known.fold; old != nil && old.rank() >= rec.rank() {
		return
	}
	s.known.fold, s.known.edge, s.known.entered = &rec, rec.Edge, true
	s.known.begins.put(rec.Epoch, rec.Begin)
	s.prefetches.SetLastEnd(rec.LastEnd)
	s.known.begins.drop(func(epoch int) bool { return epoch < rec.Epoch })
	for _, r := range s.runs {
		if r.epoch.Index != rec.Epoch {
			continue
		}
		n := sort.Search(len(r.fills), func(i int) bool { return r.fills[i].key.Sequence >= rec.Before })
		r.base, r.fills = rec, append([]fill(nil), r.fills[n:]...)
	}
	gone := func(k avail.Key) bool { return k.Epoch < rec.Epoch || k.Epoch == rec.Epoch && k.Sequence < rec.Before }
	s.known.decisions.drop(gone)
	s.known.settlements.drop(gone)
	s.known.late.drop(gone)
	s.known.accounts.drop(gone)
	s.known.first.drop(gone)
	s.known.asked.drop(func(name string) bool {
		key, err := avail.ParseKey(name)
		return err != nil || gone(key)
	})
	for k, w := range s.pendings {
		if gone(k) {
			s.decided(k)
			w.settle()
		}
	}
	kept := s.own[:0:0]
	for _, o := range s.own {
		if !gone(o.Key) {
			kept = append(kept, o)
		}
	}
	s.own = kept
}

// note remembers at which revision the first record of an avail was written.
func (k *known) note(key avail.Key, rev int64) {
	if _, ok := k.first.get(key); !ok {
		k.first.put(key, rev)
	}
}

// revBefore is a revision after which all records of the avails from a place on
// were written.
func (s *session) revBefore(from avail.Key) int64 {
	rev := s.rev
	for _, x := range s.known.first {
		key, first := x.key, x.v
		if key.Epoch > from.Epoch || key.Epoch == from.Epoch && key.Sequence >= from.Sequence {
			rev = min(rev, first-1)
		}
	}
	return rev
}

// open are the avails of the run's epoch that may not be summed up yet.
func (r *run) open(spans []*origin.Span) []*origin.Span {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].Sequence >= max(r.base.Before, r.begin) })
	// An avail that began before the session, or before the last one that was
	// summed up, may go on after it.
	for i > 0 && spans[i-1].Sequence >= r.base.Before && (spans[i-1].Static || spans[i-1].End == origin.Open || spans[i-1].End > r.begin) {
		i--
	}
	return spans[i:]
}
