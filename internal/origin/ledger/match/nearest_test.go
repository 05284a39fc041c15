package match

import (
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
)

// TestNearest: a boundary of an undated rendition whose time is later than that of a boundary
// after it was estimated too late, before markers said where the rendition stands. No cut
// lies there, because the segments up to it were listed.
func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []int64 // of the boundaries from 640 on, in seconds
		at    int64
		back  bool
		dated bool
		want  int64
	}{
		{"the nearest", []int64{80, 84, 88, 92}, 87, false, false, 642},
		{"the earlier one of two", []int64{80, 84, 88, 92}, 86, true, false, 641},
		{"an estimate that was too late", []int64{82, 86, 90, 88, 92}, 91, false, false, 644},
		{"a return", []int64{82, 86, 90, 88, 92}, 90, true, false, 643},
		{"before the estimates that were too late", []int64{82, 86, 90, 88, 92}, 85, true, false, 641},
		{"dates are no estimates", []int64{82, 86, 90, 88, 92}, 90, true, true, 642},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &origin.View{Timeline: &manifest.Timeline{Sequence: 640, Dated: c.dated}, Target: 4 * 1_000_000}
			for _, at := range c.times {
				v.Times = append(v.Times, at*1_000_000)
			}
			v.Segments = make([]manifest.Segment, len(c.times)-1)
			if got, _, _ := Nearest(v, Boundary{Time: c.at * 1_000_000, Back: c.back}, false); got != c.want {
				t.Errorf("the cut is %d, want %d", got, c.want)
			}
		})
	}
}
