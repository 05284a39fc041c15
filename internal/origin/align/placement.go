package align

import (
	"slices"

	"stitcher/internal/origin"
)

// State is what the markers of a rendition have said so far. The ledger keeps it, so that
// every node continues from it.
type State struct {
	// Sure is whether two markers agree.
	Sure bool `json:"y,omitempty"`
	// Steps are where times were moved to what the markers say.
	Steps []Step `json:"x,omitempty"`
	// Votes are those of single markers, until two agree.
	Votes []Vote `json:"v,omitempty"`
	// Fixed are the markers by which times were corrected.
	Fixed []Vote `json:"z,omitempty"`
	// Since is the first number whose time is sure.
	Since int64 `json:"i,omitempty"`
}

// Step is where the times of a rendition were moved, and by how much.
type Step struct {
	At int64 `json:"s"`
	By int64 `json:"d"`
}

// Last is the last segment of a rendition that any node listed, and the State by then.
type Last struct {
	Sequence int64
	// End is the stream time at which it ends.
	End   int64
	State State
}

// Placement is where a rendition stands on the timeline.
type Placement struct {
	State
	// Times are the stream times at which the segments of the last view begin, and the end
	// of the last segment.
	Times []int64
	// settled is the first number whose time may still change.
	settled int64
}

// Place finds the times of a view from its markers and the avails of the timeline, whose
// last segment ends at edge. last is nil if no node has listed a segment from which v can
// continue. Times of numbers below settled do not change.
//
// Until two markers agree, times are an estimate from the live edges, because a single
// marker may be late, a repeat, or of another avail. After that times are sums of
// durations, and each marker corrects their error.
func (p *Placement) Place(v *origin.View, edge int64, spans []*origin.Span, last *Last, settled int64) {
	p.Times = make([]int64, len(v.Segments)+1)
	p.settled = settled
	// The estimate is late on purpose: listing too little is safe, listing too much would
	// have to be retracted when the markers agree.
	latest := edge + 2*v.Target
	if !p.follow(v, last) {
		p.addUp(v, 0)
		p.Times[0] = latest - p.Times[len(v.Segments)]
		p.addUp(v, 0)
		p.Votes, p.Fixed, p.Steps, p.Sure = nil, nil, nil, false
	} else if gap := p.Times[len(v.Segments)] - edge; gap < -farOff*v.Target || gap > farOff*v.Target {
		p.move(v, 0, 2*v.Target-gap)
		p.Votes, p.Sure = nil, false
	}
	if p.Sure && p.contradicted(v, spans) {
		p.Votes, p.Sure = nil, false
	}
	if !p.Sure && p.agreed(v, spans) {
		p.Votes, p.Sure, p.Since = nil, true, p.settled
	}
	if p.Sure {
		p.correct(v, spans)
	}
}

// farOff is how many target durations an estimate may be wrong by.
const farOff = 4

// addUp sets the times after boundary i from it.
func (p *Placement) addUp(v *origin.View, i int) {
	for ; i < len(v.Segments); i++ {
		p.Times[i+1] = p.Times[i] + v.Segments[i].Duration
	}
}

// follow continues the times of v, and the conclusions from markers, from the last segment
// that any node listed; false if segments went by unseen.
func (p *Placement) follow(v *origin.View, last *Last) bool {
	if last == nil {
		return false
	}
	k := v.Index(last.Sequence)
	if k < -1 || k >= len(v.Segments) {
		return false
	}
	p.State = last.State
	p.Steps, p.Votes, p.Fixed = slices.Clone(p.Steps), slices.Clone(p.Votes), slices.Clone(p.Fixed)
	p.Times[k+1] = last.End
	for i := k; i >= 0; i-- {
		p.Times[i] = p.Times[i+1] - v.Segments[i].Duration - p.stepAt(v.Sequence+int64(i)+1)
	}
	p.addUp(v, k+1)
	return true
}

// move moves the times from boundary i on. Boundaries that have been placed stay, because
// moving them would retract segments or list ads before them again.
func (p *Placement) move(v *origin.View, i int, off int64) {
	i = max(i, v.Index(p.settled))
	if i > 0 && off != 0 && i < len(p.Times) {
		if p.Steps = append(p.Steps, Step{v.Sequence + int64(i), off}); len(p.Steps) > maxVotes {
			p.Steps = append(p.Steps[:0:0], p.Steps[1:]...)
		}
	}
	for ; i < len(p.Times); i++ {
		p.Times[i] += off
	}
}

// stepAt is by how much the time of a segment is more than the end of the one
// before.
func (p *Placement) stepAt(sequence int64) int64 {
	var sum int64
	for _, x := range p.Steps {
		if x.At == sequence {
			sum += x.By
		}
	}
	return sum
}
