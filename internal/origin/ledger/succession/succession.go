// Package succession says which renditions may go on with the timeline of a stream when the one
// that feeds it has died.
package succession

import (
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/origin/ledger/tail"
	"stitcher/internal/origin/ledger/times"
)

// Line is the timeline that is to go on.
type Line struct {
	// End is where it ends, Newest its newest view, nil where this process has none.
	End    tail.Tail
	Newest *origin.View
	// Epoch is the newest epoch of the stream, Spans are the avails of that in which the
	// timeline ends.
	Epoch int
	Spans []*origin.Span
	// Feeds, Cuts and Undated are what the ledger has of them.
	Feeds   feed.Feeds
	Cuts    cut.Cuts
	Undated *times.Undated
}

// Rendition is one that may go on with the timeline.
type Rendition struct {
	Name string
	// View is its newest view, nil where this process has none; Tail is how far any node has
	// listed it.
	View *origin.View
	Tail tail.Tail
}

// Strange says whether a dated rendition was never listed while the timeline went on, and
// begins after its end. The origin may have started again between the two: the numbers of a
// rendition that was listed would tell.
func (l *Line) Strange(r *Rendition) bool {
	v := r.View
	return v != nil && v.Dated && l.End.Dated && v.Epoch.Index == l.End.Epoch && l.End.Epoch == l.Epoch &&
		v.Start() > l.End.End+match.Slack && r.Tail.Begun > l.End.Listed
}

// Successor is the feed by which a rendition goes on with the timeline; false
// where it can't, or not yet.
func (l *Line) Successor(r *Rendition) (feed.Feed, bool) {
	v, end := r.View, &l.End
	switch {
	case v == nil || v.Epoch.Index != end.Epoch || end.Epoch != l.Epoch || v.Dated != end.Dated || !v.Placed || v.Rough,
		v.Next()-1 < r.Tail.Sequence: // another node has seen more
		return feed.Feed{}, false
	}
	f := feed.Feed{
		Index: l.Feeds.Last().Index + 1, Rendition: r.Name, Epoch: end.Epoch,
		From: end.Sequence + 1, Until: end.Sequence + 1,
	}
	if v.Ended && match.Near(v.Edge(), end.End) {
		// Nothing goes on; what is there has to be the same.
		f.Shift, f.Whole = v.Next()-f.From, true
		return f, match.Covers(l.Spans, v, f.Shift)
	}
	if v.Edge() <= end.End {
		return feed.Feed{}, false
	}
	if !v.Dated {
		d, ok := l.Undated.Shift(r.Name, end.Epoch)
		// No avail may begin in what was listed as content before the place of the
		// rendition was known.
		f.From = max(f.From, v.Head()-d, v.Shown-d)
		f.Shift, f.Whole = d, f.From != v.Shown-d
		return f, ok && f.From+d < v.Next()
	}
	if v.Start() > end.End+match.Slack {
		// Segments went by unseen: the boundary that is left out says so.
		f.From += 2
		f.Shift = v.Head() - f.From
		return f, true
	}
	at, ok := l.cut(r, f.Until)
	i := v.Index(at)
	if !ok || i < 0 || i >= len(v.Segments) || v.NumberBefore(i) != end.Number {
		return feed.Feed{}, false
	}
	f.Shift = at - f.From
	f.Whole = match.Equal(l.Newest, v, f.Shift)
	return f, true
}

// cut is where the timeline's end is in a rendition.
func (l *Line) cut(r *Rendition, until int64) (int64, bool) {
	name := cut.Name{Rendition: r.Name, Epoch: l.End.Epoch, Sequence: until}
	if at, ok := l.Cuts[name]; ok && at != origin.Skipped {
		return at, true
	}
	search := cut.Search{
		Name: name, Boundary: match.Boundary{Time: l.End.End, Before: l.End.Number, After: origin.Unknown},
		View: r.View, Gap: r.Tail.Gap, Line: l.Newest, Cuts: l.Cuts, Feeds: l.Feeds,
	}
	at, _, ok := search.Find()
	return at, ok
}
