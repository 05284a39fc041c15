package cut

import (
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/origin/ledger/tail"
)

// TestGoneAfterDiscontinuity: each discontinuity before a pod that left a rendition's
// window unlisted needs a number to have left with, between what was listed last and the pod.
func TestGoneAfterDiscontinuity(t *testing.T) {
	for _, c := range []struct {
		name   string
		gap    *tail.Gap // what was listed last
		before int64
		back   bool
		want   int64
	}{
		{"nothing was listed", nil, 2, false, 102},
		{"there is room", &tail.Gap{Sequence: 99, Number: 1}, 2, false, 102},
		{"there was none", &tail.Gap{Sequence: 101, Number: 2}, 2, false, 102},
		{"it needs the last segment that left", &tail.Gap{Sequence: 101, Number: 1}, 2, false, 103},
		{"it needs more than left", &tail.Gap{Sequence: 101, Number: 0}, 2, false, 103},
		{"what is before is not known", &tail.Gap{Sequence: 101, Number: 0}, origin.Unknown, false, 102},
		{"a return", &tail.Gap{Sequence: 101, Number: 1}, 2, true, 102},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Search{
				Name:     Name{"t0", 0, 700, c.back},
				Boundary: match.Boundary{Before: c.before, After: 2, Back: c.back},
				View: &origin.View{
					Timeline: &manifest.Timeline{Sequence: 103, Segments: []manifest.Segment{{Number: 2}}},
					Times:    []int64{1e6, 5e6}, Placed: true,
				},
				Gap: c.gap,
			}
			if got, alike, ok := s.Find(); got != c.want || alike || !ok {
				t.Errorf("the cut is %d (alike %v, found %v), want %d, which nodes find otherwise", got, alike, ok, c.want)
			}
		})
	}
}
