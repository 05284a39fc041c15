package encode

import (
	"fmt"
	"iter"
	"reflect"
	"slices"

	"stitcher/internal/transcodecache/profile"
)

const (
	second = int64(1_000_000) // in microseconds
	// MinSegment is the shortest segment that is made (law 3 of the HLS output;
	// 20 ms tails of creatives of 30.02 s starve players' buffers).
	MinSegment = second / 2
)

// Grid is the time line of a rendition: its whole units (video frames, audio
// frames) and the units at which its segments begin. The last cut is the end.
type Grid struct {
	// Rate is the number of units in a second.
	Rate profile.Ratio
	Cuts []int64
}

// Time is the time of a unit in microseconds, rounded.
func (g Grid) Time(unit int64) int64 {
	return (unit*g.Rate.Den*second + g.Rate.Num/2) / g.Rate.Num
}

// units is the whole number of units nearest to a time in microseconds.
func (g Grid) units(t int64) int64 {
	d := g.Rate.Den * second
	return (t*g.Rate.Num + d/2) / d
}

// Total is the number of units of the whole.
func (g Grid) Total() int64 { return g.Cuts[len(g.Cuts)-1] }

// Segments is the number of segments.
func (g Grid) Segments() int { return len(g.Cuts) - 1 }

// duration is the length of segment i. Lengths are differences of rounded
// times, so their sum is the rounded whole, whatever the number of segments.
func (g Grid) duration(i int) int64 { return g.Time(g.Cuts[i+1]) - g.Time(g.Cuts[i]) }

// newGrid cuts a length of t microseconds into segments of at most segment
// microseconds. A tail shorter than sliver is evened out with its neighbour,
// or where that would make two slivers of both, joined to it: no segment is a
// sliver, and none is longer than segment by more than a unit.
func newGrid(rate profile.Ratio, t, segment int64) (Grid, error) {
	g := Grid{Rate: rate}
	n := g.units(t)
	if g.Time(n) < MinSegment {
		return Grid{}, fmt.Errorf("the creative lasts %d ms; the minimum is 500 ms", t/1000)
	}
	step := segment * rate.Num / (rate.Den * second)
	if step < 1 {
		return Grid{}, fmt.Errorf("no frame at rate %s fits a segment of %d µs", rate, segment)
	}
	for at := int64(0); at < n; at += step {
		g.Cuts = append(g.Cuts, at)
	}
	if last := len(g.Cuts) - 1; last > 0 && g.Time(n-g.Cuts[last]) < MinSegment {
		half := (n - g.Cuts[last-1]) / 2
		if g.Time(half) >= MinSegment {
			g.Cuts[last] = n - half
		} else {
			g.Cuts = g.Cuts[:last]
		}
	}
	g.Cuts = append(g.Cuts, n)
	return g, nil
}

// align gives another rendition the cuts of g, each at its nearest unit
// (splicing.md, "Other renditions": every item has the same number of segments
// in every rendition).
func (g Grid) align(rate profile.Ratio) (Grid, error) {
	other := Grid{Rate: rate, Cuts: make([]int64, len(g.Cuts))}
	for i, c := range g.Cuts {
		other.Cuts[i] = other.units(g.Time(c))
		if i > 0 && other.Cuts[i] <= other.Cuts[i-1] {
			return Grid{}, fmt.Errorf("a segment of %d µs holds no frame at rate %s", g.duration(i-1), rate)
		}
	}
	return other, nil
}

// Plan is how a creative of some length is cut in every rendition.
type Plan struct {
	// grids has an element a rendition of the profile.
	grids []Grid
	// sound is the number of audio frames of each rendition with audio: as
	// long as the reference, to the nearest frame (field failure B-13).
	sound []int64
	// like is, for each rendition, the first one that is equal but for its
	// name. Redundant variants and languages of one ladder are encoded once.
	like []int
}

// firsts are the renditions that are encoded.
func (pl Plan) firsts(p profile.Profile) iter.Seq2[int, *profile.Spec] {
	return func(yield func(int, *profile.Spec) bool) {
		for i := range p.Renditions {
			if pl.like[i] == i && !yield(i, &p.Renditions[i]) {
				return
			}
		}
	}
}

// NewPlan cuts a creative of t microseconds for the profile.
func NewPlan(p profile.Profile, t int64) (Plan, error) {
	ref := &p.Renditions[p.Reference()]
	g, err := newGrid(ref.Rate(), t, p.Segment)
	if err != nil {
		return Plan{}, err
	}
	n := len(p.Renditions)
	out := Plan{grids: make([]Grid, n), sound: make([]int64, n), like: make([]int, n)}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		out.like[i] = slices.IndexFunc(p.Renditions, func(other profile.Spec) bool {
			other.Name = s.Name
			return reflect.DeepEqual(other, *s)
		})
		out.grids[i] = g
		if s.Kind != profile.TextKind {
			if out.grids[i], err = g.align(s.Rate()); err != nil {
				return Plan{}, fmt.Errorf("rendition %s: %w", s.Name, err)
			}
		}
		if s.Audio != nil {
			out.sound[i] = Grid{Rate: s.SoundRate()}.units(g.Time(g.Total()))
		}
	}
	return out, nil
}
