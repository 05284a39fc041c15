package pods

import (
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// SameTime is by how much times of the content may differ that are to be the same, in
// microseconds: half a frame at 25 frames a second.
const SameTime = int64(20_000)

// AtSegments puts the breaks of a decision on a whole asset at the starts of
// segments, the last that are not after their times (reference §3.3). Those at
// the asset's start join its first pod.
func AtSegments(d *avail.Decision, ref *origin.View) {
	kept := make([]avail.Break, 0, len(d.Breaks))
	for _, b := range d.Breaks {
		i := sort.Search(len(ref.Times), func(i int) bool { return ref.Times[i]-ref.Start() > b.At+SameTime }) - 1
		b.Sequence = ref.Position(max(i, 0))
		switch n := len(kept); {
		case i <= 0:
			d.Join(b.Decision)
		case n > 0 && kept[n-1].Sequence == b.Sequence:
			kept[n-1].Join(b.Decision)
		default:
			kept = append(kept, b)
		}
	}
	d.Breaks = kept
}
