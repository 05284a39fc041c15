package transcodecache

import (
	"fmt"
	"iter"
	"reflect"
	"slices"

	"stitcher/internal/transcodecache/profile"
)

const (
	second = int64(1_000_000) // in microseconds
	// sliver is the shortest segment that is made (law 3 of the HLS output;
	// 20 ms tails of creatives of 30.02 s starve players' buffers).
	sliver = second / 2
)

// grid is the time line of a rendition: its whole units (video frames, audio
// frames) and the units at which its segments begin. The last cut is the end.
type grid struct {
	// rate is the number of units in a second.
	rate profile.Ratio
	cuts []int64
}

// time is the time of a unit in microseconds, rounded.
func (g grid) time(unit int64) int64 {
	return (unit*g.rate.Den*second + g.rate.Num/2) / g.rate.Num
}

// units is the whole number of units nearest to a time in microseconds.
func (g grid) units(t int64) int64 {
	d := g.rate.Den * second
	return (t*g.rate.Num + d/2) / d
}

func (g grid) total() int64 { return g.cuts[len(g.cuts)-1] }

func (g grid) segments() int { return len(g.cuts) - 1 }

// duration is the length of segment i. Lengths are differences of rounded
// times, so their sum is the rounded whole, whatever the number of segments.
func (g grid) duration(i int) int64 { return g.time(g.cuts[i+1]) - g.time(g.cuts[i]) }

// newGrid cuts a length of t microseconds into segments of at most segment
// microseconds. A tail shorter than sliver is evened out with its neighbour,
// or where that would make two slivers of both, joined to it: no segment is a
// sliver, and none is longer than segment by more than a unit.
func newGrid(rate profile.Ratio, t, segment int64) (grid, error) {
	g := grid{rate: rate}
	n := g.units(t)
	if g.time(n) < sliver {
		return grid{}, fmt.Errorf("the creative lasts %d ms; the minimum is 500 ms", t/1000)
	}
	step := segment * rate.Num / (rate.Den * second)
	if step < 1 {
		return grid{}, fmt.Errorf("no frame at rate %s fits a segment of %d µs", rate, segment)
	}
	for at := int64(0); at < n; at += step {
		g.cuts = append(g.cuts, at)
	}
	if last := len(g.cuts) - 1; last > 0 && g.time(n-g.cuts[last]) < sliver {
		half := (n - g.cuts[last-1]) / 2
		if g.time(half) >= sliver {
			g.cuts[last] = n - half
		} else {
			g.cuts = g.cuts[:last]
		}
	}
	g.cuts = append(g.cuts, n)
	return g, nil
}

// align gives another rendition the cuts of g, each at its nearest unit
// (splicing.md, "Other renditions": every item has the same number of segments
// in every rendition).
func (g grid) align(rate profile.Ratio) (grid, error) {
	other := grid{rate: rate, cuts: make([]int64, len(g.cuts))}
	for i, c := range g.cuts {
		other.cuts[i] = other.units(g.time(c))
		if i > 0 && other.cuts[i] <= other.cuts[i-1] {
			return grid{}, fmt.Errorf("a segment of %d µs holds no frame at rate %s", g.duration(i-1), rate)
		}
	}
	return other, nil
}

// plan is how a creative of some length is cut in every rendition.
type plan struct {
	// grids has an element a rendition of the profile.
	grids []grid
	// sound is the number of audio frames of each rendition with audio: as
	// long as the reference, to the nearest frame (field failure B-13).
	sound []int64
	// like is, for each rendition, the first one that is equal but for its
	// name. Redundant variants and languages of one ladder are encoded once.
	like []int
}

// firsts are the renditions that are encoded.
func (pl plan) firsts(p profile.Profile) iter.Seq2[int, *profile.Spec] {
	return func(yield func(int, *profile.Spec) bool) {
		for i := range p.Renditions {
			if pl.like[i] == i && !yield(i, &p.Renditions[i]) {
				return
			}
		}
	}
}

// newPlan cuts a creative of t microseconds for the profile.
func newPlan(p profile.Profile, t int64) (plan, error) {
	ref := &p.Renditions[p.Reference()]
	g, err := newGrid(ref.Rate(), t, p.Segment)
	if err != nil {
		return plan{}, err
	}
	n := len(p.Renditions)
	out := plan{grids: make([]grid, n), sound: make([]int64, n), like: make([]int, n)}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		out.like[i] = slices.IndexFunc(p.Renditions, func(other profile.Spec) bool {
			other.Name = s.Name
			return reflect.DeepEqual(other, *s)
		})
		out.grids[i] = g
		if s.Kind != profile.TextKind {
			if out.grids[i], err = g.align(s.Rate()); err != nil {
				return plan{}, fmt.Errorf("rendition %s: %w", s.Name, err)
			}
		}
		if s.Audio != nil {
			out.sound[i] = grid{rate: s.SoundRate()}.units(g.time(g.total()))
		}
	}
	return out, nil
}
