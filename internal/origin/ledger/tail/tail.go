// Package tail says how far renditions were listed.
package tail

import "stitcher/internal/origin/align"

// Tail is the newest segment that any node has listed of a rendition, or of the timeline.
type Tail struct {
	Epoch    int    `json:"e"`
	Sequence int64  `json:"s"`
	Number   int64  `json:"n"`
	Identity uint64 `json:"u"`
	End      int64  `json:"t"`
	Dated    bool   `json:"d,omitempty"`
	// Listed is when it was first listed, in Unix microseconds.
	Listed int64 `json:"l,omitempty"`
	// Timed and Version are those of the timeline.
	Timed   bool  `json:"m,omitempty"`
	Version int64 `json:"w,omitempty"`
	// First is the rendition's first number in the epoch; -1 in the first. In the
	// timeline's tail it is that of the rendition that feeds the timeline, in that
	// rendition's numbers.
	First int64 `json:"f"`
	// Begun is when the rendition was first listed in the epoch, in Unix microseconds.
	Begun int64 `json:"b,omitempty"`
	// Gap is the last time that segments of the rendition went by unlisted, nil without.
	Gap *Gap `json:"g,omitempty"`
	// State is what the markers of an undated rendition have said so far.
	align.State
}

// Gap is what was listed last before segments that were not.
type Gap struct {
	Sequence int64 `json:"s"`
	// Number is its discontinuity number.
	Number int64 `json:"n"`
}

// Rank orders tails: newer epochs first, then higher numbers. Of a timed timeline, which
// has one epoch, the version decides where the ends are the same: sound and events
// change apart from the picture.
func (t Tail) Rank() int64 {
	if !t.Timed {
		return int64(t.Epoch)<<48 | t.Sequence + 1
	}
	const versions = 1024 // of a hundredth of a second, about the end
	newer := (t.Version-t.Sequence)/10_000 + versions/2
	return (t.Sequence+1)*versions + min(max(newer, 0), versions-1)
}
