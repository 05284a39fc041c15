// Package match tells which segments and boundaries of two renditions are the same.
package match

import (
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/markers"
)

// Slack is how far apart two boundaries may be and count as one, in microseconds:
// audio frames and rounding to milliseconds.
const Slack = 60_000

// Equal says whether the boundaries of the timeline's view are those of v under
// numbers that differ by shift, and the discontinuity numbers too.
func Equal(r, v *origin.View, shift int64) bool {
	if r == nil || r.Epoch.Index != v.Epoch.Index {
		return false
	}
	for i := range r.Segments {
		k := v.Index(r.Sequence + int64(i) + shift)
		if k < 0 || k >= len(v.Segments) {
			continue
		}
		if !Near(r.Times[i], v.Times[k]) || r.Segments[i].Number != v.Segments[k].Number {
			return false
		}
	}
	return true
}

// Covers says whether v has the boundaries of all avails of its epoch, spans, that lie in
// its window, under numbers that differ by shift.
func Covers(spans []*origin.Span, v *origin.View, shift int64) bool {
	for _, sp := range spans {
		for _, b := range sp.Bounds {
			if k := v.Index(b.Sequence + shift); k >= 0 && k < len(v.Times) && !Near(b.Time, v.Times[k]) {
				return false
			}
		}
	}
	return true
}

// Near says whether two boundaries may be one.
func Near(a, b int64) bool { return a-b <= Slack && b-a <= Slack }

// Shares is whether any segment of t is one of v, under the same number.
func Shares(v *origin.View, t *manifest.Timeline) bool {
	for i, seg := range t.Segments {
		if k := v.Index(t.Sequence + int64(i)); k >= 0 && k < len(v.Segments) && v.Segments[k].Identity == seg.Identity {
			return true
		}
	}
	return false
}

// Shift is the difference between the numbers of two renditions that have the same
// segments, by a marker that both show or by their numbers.
func Shift(r, v *origin.View) (int64, bool) {
	if d, ok := shiftByMarkers(r, v); ok && SameDurations(r, v, d) {
		return d, true
	}
	return 0, SameDurations(r, v, 0)
}

// shiftByMarkers compares the numbers at which both list the start of an avail
// of the same announced duration.
func shiftByMarkers(r, v *origin.View) (int64, bool) {
	a, da, ok1 := firstOut(r)
	b, db, ok2 := firstOut(v)
	return b - a, ok1 && ok2 && da == db
}

func firstOut(v *origin.View) (sequence, duration int64, ok bool) {
	for i := range v.Segments {
		if out := markers.SignalOut(&v.Segments[i]); out != nil {
			return v.Sequence + int64(i), out.Duration, true
		}
	}
	return 0, 0, false
}

// leastAlike is how many segments are evidence: sound of other segments may have one or two
// that are as long as those of the picture.
const leastAlike = 3

// SameDurations says whether the segments that both list under numbers that
// differ by shift have the same durations, and that they are most of them.
func SameDurations(r, v *origin.View, shift int64) bool {
	from, to := max(r.Head(), v.Head()-shift), min(r.Next(), v.Next()-shift)
	if to-from < max(leastAlike, int64(min(len(r.Segments), len(v.Segments)))/2) {
		return false
	}
	for q := from; q < to; q++ {
		d := r.Segments[r.Index(q)].Duration - v.Segments[v.Index(q+shift)].Duration
		if d < -50_000 || d > 50_000 {
			return false
		}
	}
	return true
}
