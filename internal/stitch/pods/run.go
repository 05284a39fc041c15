package pods

import (
	"sort"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/records"
)

// TooClose says whether a pod that begins at a time follows the last return so
// closely that renditions with other boundaries could not tell the two cuts
// apart. One that begins exactly there is not. On a timed timeline all renditions
// have the same cuts, and an asset is shown whole.
func (r *Run) TooClose(sp *origin.Span, begin, span int64) bool {
	if sp.Static || sp.Timed {
		return false
	}
	for i := len(r.Fills) - 1; i >= 0; i-- {
		f := &r.Fills[i]
		if f.Empty() {
			continue
		}
		return f.Back != Unknown && near(begin-f.BackTime, span)
	}
	return r.Base.Return != 0 && near(begin-r.Base.Return, span)
}

func near(gap, span int64) bool { return gap > 1000 && gap < 2*span+100_000 }

// Open are the avails of the run's epoch that may not be summed up yet.
func (r *Run) Open(spans []*origin.Span) []*origin.Span {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].Sequence >= max(r.Base.Before, r.Begin) })
	// An avail that began before the session, or before the last one that was
	// summed up, may go on after it.
	for i > 0 && spans[i-1].Sequence >= r.Base.Before && (spans[i-1].Static || spans[i-1].End == origin.Open || spans[i-1].End > r.Begin) {
		i--
	}
	return spans[i:]
}

// Run is a session's playback of one epoch of its stream: what each avail
// became, in order. Numbers and times of the output follow from it and from
// the templates alone.
type Run struct {
	Epoch origin.Epoch
	// Begin is the reference's first segment in the session's first answer.
	Begin int64
	// Edge is the end of the newest view of the reference that the session was
	// answered from.
	Edge int64
	// Base sums up what came before the fills.
	Base  records.Fold
	Fills []Fill
}

// Find is the fill of an avail, nil while it is undecided.
func (r *Run) Find(sequence int64) *Fill {
	for i := len(r.Fills) - 1; i >= 0; i-- {
		if r.Fills[i].Key.Sequence == sequence {
			return &r.Fills[i]
		}
		if r.Fills[i].Key.Sequence < sequence {
			return nil
		}
	}
	return nil
}

// Drift is the session's drift before fill i.
func (r *Run) Drift(i int) int64 {
	for i--; i >= 0; i-- {
		if !r.Fills[i].Content {
			return r.Fills[i].Drift
		}
	}
	return r.Base.Drift
}

// Number gives each pod that content has returned from what it adds to the
// discontinuity numbers. They follow from the reference, for all renditions
// (RFC 8216bis §6.2.2). spans are the avails from the first fill's on.
func (r *Run) Number(spans []*origin.Span, hold Held) {
	sum := r.Base.Number
	for k := range r.Fills {
		f := &r.Fills[k]
		switch {
		case f.Empty():
			continue
		case f.Numbered:
			sum = f.Number
			continue
		case f.Back == Unknown:
			return
		}
		sp, next, ok := r.follows(spans, f, hold)
		if !ok {
			return
		}
		if next != nil {
			if next.Listed == 0 {
				return // it may yet come to nothing
			}
			// It begins exactly where content would return, and counts its
			// first tag itself.
			f.Number = sum + f.Before + int64(f.Items) - next.Before
		} else {
			f.Prior, f.After = sp.NumberBefore(f.Back), sp.Number(f.Back)
			if f.After == origin.Unknown {
				return // the reference has yet to show what returns
			}
			f.Number = sum + f.Before + int64(f.Items) + 1 - f.After
		}
		f.Numbered = true
		sum = f.Number
	}
}

// follows is the span of a fill and, where another pod begins exactly where it
// ends, that pod. It answers false while it is undecided what comes there.
func (r *Run) follows(spans []*origin.Span, f *Fill, hold Held) (sp *origin.Span, next *Fill, ok bool) {
	for _, s := range spans {
		if s.Sequence == f.Key.Sequence {
			sp = s
		}
		if s.Sequence <= f.Key.Sequence || s.Sequence > f.Back || s.End != origin.Open && s.End <= f.Back && s.Sequence != f.Back {
			continue
		}
		// An avail that begins here, or, after a pre-roll, is under way.
		n := r.Find(s.Sequence)
		if n == nil && (!hold.Active || hold.Sequence <= f.Back) {
			return nil, nil, false
		}
		if n != nil && !n.Empty() && n.Start == f.Back {
			next = n
		}
	}
	return sp, next, sp != nil
}

// Held is where the output stops because a decision is not there yet.
type Held struct {
	Active         bool
	Sequence, Time int64
	Before         int64
	// Avail is the position at which the avail begins.
	Avail int64
}

// First is the first of fills that has a pod, nil without.
func First(fills []Fill) *Fill {
	for i := range fills {
		if !fills[i].Empty() {
			return &fills[i]
		}
	}
	return nil
}

// BeginsAt is whether the first pod of fills begins at a boundary.
func BeginsAt(fills []Fill, at int64) bool {
	f := First(fills)
	return f != nil && f.Start == at
}
