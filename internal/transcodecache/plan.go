package transcodecache

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
)

const (
	second     = int64(1_000_000) // in microseconds
	minSegment = second
	// sliver is the shortest segment that is made (law 3 of the HLS output;
	// 20 ms tails of creatives of 30.02 s starve players' buffers).
	sliver = second / 2
	// frameSize is the number of samples in an AAC frame (ISO/IEC 14496-3).
	frameSize = 1024
)

// grid is the time line of a rendition: its whole units (video frames, audio
// frames) and the units at which its segments begin. The last cut is the end.
type grid struct {
	// rate is the number of units in a second.
	rate Ratio
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
func newGrid(rate Ratio, t, segment int64) (grid, error) {
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
func (g grid) align(rate Ratio) (grid, error) {
	other := grid{rate: rate, cuts: make([]int64, len(g.cuts))}
	for i, c := range g.cuts {
		other.cuts[i] = other.units(g.time(c))
		if i > 0 && other.cuts[i] <= other.cuts[i-1] {
			return grid{}, fmt.Errorf("a segment of %d µs holds no frame at rate %s", g.duration(i-1), rate)
		}
	}
	return other, nil
}

// rate is the number of units of the rendition in a second.
func (s *Spec) rate() Ratio {
	if s.Video != nil {
		return s.Video.Rate
	}
	return s.soundRate()
}

// soundRate is the number of audio frames in a second.
func (s *Spec) soundRate() Ratio { return Ratio{Num: int64(s.sampleRate()), Den: frameSize} }

// sampleRate is the rate that the rendition's audio is coded at. HE-AAC codes
// half of what it puts out, and the headers of its frames say so: in transport
// streams and packed audio, where players make their decoder's configuration
// from these headers, ads must have the same ones (hls.js doubles the rate of
// all it finds in a rendition of CODECS mp4a.40.5).
func (s *Spec) sampleRate() int {
	if s.Audio.Codec == "mp4a.40.5" && s.Container != FMP4 {
		return s.Audio.SampleRate / 2
	}
	return s.Audio.SampleRate
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
func (pl plan) firsts(p Profile) iter.Seq2[int, *Spec] {
	return func(yield func(int, *Spec) bool) {
		for i := range p.Renditions {
			if pl.like[i] == i && !yield(i, &p.Renditions[i]) {
				return
			}
		}
	}
}

// newPlan cuts a creative of t microseconds for the profile.
func newPlan(p Profile, t int64) (plan, error) {
	ref := &p.Renditions[p.Reference()]
	g, err := newGrid(ref.rate(), t, p.Segment)
	if err != nil {
		return plan{}, err
	}
	n := len(p.Renditions)
	out := plan{grids: make([]grid, n), sound: make([]int64, n), like: make([]int, n)}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		out.like[i] = slices.IndexFunc(p.Renditions, func(other Spec) bool {
			other.Name = s.Name
			return reflect.DeepEqual(other, *s)
		})
		out.grids[i] = g
		if s.Kind != TextKind {
			if out.grids[i], err = g.align(s.rate()); err != nil {
				return plan{}, fmt.Errorf("rendition %s: %w", s.Name, err)
			}
		}
		if s.Audio != nil {
			out.sound[i] = grid{rate: s.soundRate()}.units(g.time(g.total()))
		}
	}
	return out, nil
}
