package cut

import (
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/origin/ledger/tail"
)

// Search is a cut that is looked for, and what decides where it is.
type Search struct {
	Name     Name
	Boundary match.Boundary
	// View is a view of the rendition, Gap that of its tail.
	View *origin.View
	Gap  *tail.Gap
	// Line is the newest view of the timeline; nil if there is none.
	Line *origin.View
	// Cuts and Feeds are those of the stream.
	Cuts  Cuts
	Feeds feed.Feeds
}

// Find is the mapping rule of splicing.md, "Other renditions": the boundary
// nearest in time among those with the reference's discontinuity number, once
// nothing nearer can come. x is the number of the segment after it, or origin.Skipped; alike is
// whether every node finds the same, whenever it is asked.
func (s *Search) Find() (x int64, alike, ok bool) {
	v, c := s.View, &s.Boundary
	if !v.Placed {
		// Where it stands is not known. What is over since before its window is skipped.
		return origin.Skipped, false, s.over()
	}
	if v.Start() > c.Time+match.Slack {
		return s.gone(), false, true
	}
	edge := v.Edge()
	if edge < c.Time-match.Slack {
		return 0, false, false
	}
	best, miss, next := match.Nearest(v, *c, true)
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
	best, _, _ = match.Nearest(v, *c, false)
	return best, true, best >= 0
}

// over says whether the boundary lies before the window of the rendition, whose place is not
// known: its live edge is near the timeline's.
func (s *Search) over() bool {
	v, at := s.View, s.Boundary.Time
	if s.Line == nil || s.Line.Epoch.Index != v.Epoch.Index {
		return false
	}
	for i := range v.Segments {
		at += v.Segments[i].Duration
	}
	return at+farOff*v.Target < s.Line.Edge()
}

// farOff is how many target durations live edges are apart at most.
const farOff = 4

// gone is the cut that left a rendition's window before a request fixed it. No playlist has
// shown it, so the segment before the window stands for it, or a later cut if one is known
// already: a pod that left as a whole must not have its return in the window, which would
// begin with a DISCONTINUITY. It is a segment before for each discontinuity that left
// unseen after it, and at the start of a pod for each that left unseen before it: each needs a
// number to have left with.
func (s *Search) gone() int64 {
	n, v, c := &s.Name, s.View, &s.Boundary
	x := v.Head() - 1
	if g := s.Gap; g != nil && !n.Back && c.Before != origin.Unknown {
		x = max(x, min(v.Head(), g.Sequence+1+c.Before-g.Number))
	}
	for k, known := range s.Cuts {
		if k.Rendition == n.Rendition && k.Epoch == n.Epoch && k.Sequence > n.Sequence && known != origin.Skipped {
			x = min(x, known)
		}
	}
	for i := range s.Feeds {
		if f := &s.Feeds[i]; f.Rendition == n.Rendition && f.Epoch == n.Epoch && f.From > n.Sequence {
			x = min(x, f.From+f.Shift)
		}
	}
	number := c.Before
	if n.Back {
		number = c.After
	}
	if number != origin.Unknown {
		x -= max(0, v.NumberBefore(0)-number)
	}
	return x
}
