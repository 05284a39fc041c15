// Package times says when on the timeline the segments of renditions are.
package times

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/align"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/origin/ledger/tail"
)

// Rendition is a rendition of which a new view is to be placed.
type Rendition struct {
	Name string
	// Tail is the newest segment that was listed of it. Create may change it.
	Tail *tail.Tail
	// Target is its first target duration, in microseconds.
	Target int64
	// Aligned is its place by its own markers. It changes where they are read.
	Aligned *align.Placement
}

// Placing is what views are placed by.
type Placing struct {
	// Undated is what the ledger has of renditions without dates.
	Undated *Undated
	// Create stores a fact, and gives back what the store holds under its key. The ledger
	// has learned that on return.
	Create func(f avail.Fact) (avail.Fact, error)
	// Line is the newest view of the timeline; where this process has none, a view of no
	// segments at the timeline's end; nil before the timeline has begun.
	Line *origin.View
	// Dated is whether the timeline has dates, Target its target duration, Feed where it is
	// taken from, and Spans the avails of the view's epoch.
	Dated  bool
	Target int64
	Feed   feed.Feed
	Spans  []*origin.Span
	// Views are the newest views that this process has, by rendition; that of the timeline is
	// under origin.Reference.
	Views map[string]*origin.View
}

// Place fills in v.Times: by EXT-X-PROGRAM-DATE-TIME where the reference and
// the rendition have it, else by the numbers that are known already.
func (p *Placing) Place(r *Rendition, v *origin.View, now time.Time) {
	v.Times = make([]int64, len(v.Segments)+1)
	feeds := r.Name == p.Feed.Rendition
	dated := v.Dated && (feeds || p.Dated)
	if v.Ended && !dated && (r.Tail.Sequence < 0 || !feeds) {
		// All renditions of an asset that has ended begin together.
		at := assetStart
		if line := p.Views[origin.Reference]; line != nil && !feeds {
			at = line.Start()
		}
		count(v, v.Sequence, at)
		v.Placed = true
		return
	}
	if dated {
		for i := range v.Segments {
			v.Times[i] = v.Segments[i].Time
		}
		last := v.Segments[len(v.Segments)-1]
		v.Times[len(v.Segments)] = last.Time + last.Duration
		v.Placed = true
		return
	}
	if feeds {
		count(v, v.Sequence, p.begin(r, v, now))
		v.Placed = true
		return
	}
	line := p.Line
	if line == nil || line.Epoch.Index != v.Epoch.Index {
		return
	}
	_, known := p.Undated.Shift(r.Name, v.Epoch.Index)
	shift, ok := p.shift(r, v)
	if !ok {
		p.align(r, v)
		return
	}
	// Where the two windows have nothing in common, times are what they were when
	// the segments were listed, or what lies between is taken to be as long as can be.
	k := v.Index(r.Tail.Sequence)
	switch from, to := v.Head()-shift, v.Next()-shift; {
	case to < line.Head() && r.Tail.Epoch == v.Epoch.Index && k >= 0 && k < len(v.Segments):
		count(v, r.Tail.Sequence+1, r.Tail.End)
	case from > line.Next():
		count(v, v.Head(), line.Edge()+(from-line.Next())*p.Target)
	case to < line.Head():
		count(v, v.Next(), line.Start()-(line.Head()-to)*p.Target)
	default:
		at := max(line.Head(), from)
		count(v, at+shift, line.Times[line.Index(at)])
	}
	key := keyOf(r.Name, v.Epoch.Index)
	if !known && r.Tail.Sequence >= 0 && !p.drop(key, v, v.Edge()) {
		return
	}
	a := p.Undated.anchors[key]
	v.Placed, v.Shown, v.From = true, a.Shown, a.From
}

// assetStart is the stream time at which an undated asset begins. It is never
// written: what has no dates gets none.
const assetStart = int64(1_000_000)

// count sets all times by durations from the one that is known.
func count(v *origin.View, sequence, time int64) {
	k := v.Index(sequence)
	v.Times[k] = time
	for i := k; i < len(v.Segments); i++ {
		v.Times[i+1] = v.Times[i] + v.Segments[i].Duration
	}
	for i := k; i > 0; i-- {
		v.Times[i-1] = v.Times[i] - v.Segments[i-1].Duration
	}
}

// begin is the stream time at which an undated template begins that feeds the
// timeline.
func (p *Placing) begin(r *Rendition, v *origin.View, now time.Time) int64 {
	if t := r.Tail; t.Sequence >= 0 && t.Epoch == v.Epoch.Index {
		// Where the last segment that any node listed is there, its end is exact.
		if k := v.Index(t.Sequence); k >= 0 && k < len(v.Segments) {
			start := t.End
			for i := k; i >= 0; i-- {
				start -= v.Segments[i].Duration
			}
			return start
		}
	}
	if old := p.Views[r.Name]; old != nil && old.Epoch.Index == v.Epoch.Index {
		if k := old.Index(v.Sequence); k >= 0 && k < len(old.Times) {
			return old.Times[k]
		}
	}
	if t := r.Tail; t.Sequence >= 0 && t.Epoch == v.Epoch.Index {
		return t.End + (v.Sequence-t.Sequence-1)*r.Target
	}
	var sum int64
	for i := range v.Segments {
		sum += v.Segments[i].Duration
	}
	return now.UnixMicro() - sum
}

// shift is the difference between an undated rendition's numbers and the
// reference's, kept in the ledger. There is one only where both have the same
// segments: where a marker that both show, their numbers or their edges say
// which belong together, and the durations agree.
func (p *Placing) shift(r *Rendition, v *origin.View) (int64, bool) {
	if d, ok := p.Undated.Shift(r.Name, v.Epoch.Index); ok {
		return d, true
	}
	d, ok := p.compare(r, v)
	if !ok {
		return 0, false
	}
	got, err := p.Create(ShiftFact(r.Name, v.Epoch.Index, d))
	if err != nil || json.Unmarshal(got.Value, &d) != nil {
		return 0, false
	}
	return d, true
}

// compare finds the difference between the numbers of an undated rendition and the
// timeline's. Where the rendition that feeds the timeline does not show it, a third one may
// whose difference is known: the feeding one may have died before the two were seen together.
// The edges say nothing of a third rendition, because its last playlist may be old.
func (p *Placing) compare(r *Rendition, v *origin.View) (int64, bool) {
	line, shift := p.Line, int64(0)
	if own := p.Views[p.Feed.Rendition]; own != nil && own.Epoch.Index == v.Epoch.Index {
		// The timeline may begin in the middle of its window.
		line, shift = own, p.Feed.ShiftIn(v.Epoch.Index)
	}
	if d, ok := match.Shift(line, v); ok {
		return d + shift, true
	}
	if d := v.Next() - line.Next(); d > -3 && d < 3 && match.SameDurations(line, v, d) {
		return d + shift, true
	}
	for _, name := range slices.Sorted(maps.Keys(p.Views)) {
		third, known := p.Undated.Shift(name, v.Epoch.Index)
		w := p.Views[name]
		if !known || name == r.Name || w == nil || w.Epoch.Index != v.Epoch.Index {
			continue
		}
		if d, ok := match.Shift(w, v); ok {
			return d + third, true
		}
	}
	return 0, false
}
