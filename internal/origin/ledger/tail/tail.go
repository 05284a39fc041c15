// Package tail says how far renditions were listed.
package tail

import (
	"time"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/align"
	"stitcher/internal/origin/ledger/match"
)

// second is a second in microseconds.
const second = int64(1_000_000)

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

// After is the tail of a rendition once a view is listed. state is what its markers have said
// by then.
func (t Tail) After(v *origin.View, state align.State, now time.Time) Tail {
	last := v.Segments[len(v.Segments)-1]
	var g *Gap
	begun := now.UnixMicro()
	if t.Sequence >= 0 && t.Epoch == v.Epoch.Index {
		begun = t.Begun
		if g = t.Gap; v.Head() > t.Sequence+1 && !v.Timed {
			g = &Gap{Sequence: t.Sequence, Number: t.Number}
		}
	}
	return Tail{
		Begun: begun, Gap: g,
		Epoch: v.Epoch.Index, Sequence: v.Next() - 1, Number: last.Number,
		Identity: last.Identity, End: v.Edge(), Listed: now.UnixMicro(), Dated: v.Dated, First: v.First, State: state, Timed: v.Timed, Version: v.Version,
	}
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

// Leaps says whether the dates of a template that begins after the last known number are
// later by much more than the segments between the two can last, of which none is longer than
// target. The numbers then started
// again while no playlist was requested, and are above the old ones by now. It needs an
// epoch, because renditions whose numbers are below the old ones would wait for one.
func (t Tail) Leaps(line *manifest.Timeline, target int64) bool {
	if !line.Dated || !t.Dated {
		return false
	}
	unseen := line.Sequence - t.Sequence - 1
	return line.Segments[0].Time-t.End > unseen*target*3/2+target
}

// Continues says whether a template that covers the last known number carries
// the same segment there. Some origins sign URIs anew at every fetch, in the
// path even; then the dates tell.
func (t Tail) Continues(line *manifest.Timeline) bool {
	at := line.Segments[t.Sequence-line.Sequence]
	if at.Identity == t.Identity {
		return true
	}
	if line.Dated && t.Dated {
		gap := at.Time + at.Duration - t.End
		return gap > -second && gap < second
	}
	return false
}

// Follows says whether the tail is later than a template: an older state of the playlist, or
// one of an earlier epoch, as a CDN edge may serve. Without dates it is, if the template and seen
// have a segment in common; seen is a view of what was listed before, nil without.
func (t Tail) Follows(line *manifest.Timeline, seen *origin.View) bool {
	last := line.Segments[len(line.Segments)-1]
	if line.Dated && t.Dated {
		return last.Time+last.Duration <= t.End
	}
	return seen != nil && match.Shares(seen, line)
}

// GoesOn says whether a template continues what was last listed of its rendition. past is the
// last view of the epoch before, nil without.
func (t Tail) GoesOn(line *manifest.Timeline, past *origin.View) bool {
	if line.Sequence > t.Sequence {
		return !t.Follows(line, past)
	}
	return line.Next() > t.Sequence && t.Continues(line)
}
