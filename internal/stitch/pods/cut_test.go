package pods

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// TestCutAd: the segment of an ad in which content returns is listed, because players cut
// a Period where the next begins (P12). What lies behind the cut is neither filled nor
// reported as watched.
func TestCutAd(t *testing.T) {
	const second = int64(1_000_000)
	segments := make([]avail.AssetSegment, 8)
	for i := range segments {
		segments[i].Duration = second
	}
	ad := &avail.Asset{ID: "ad", Duration: 8 * second, Renditions: []avail.AssetRendition{{Name: "v0", Segments: segments}}}
	for _, test := range []struct {
		name   string
		end    int64 // of the avail
		listed int
		filled int64
		shown  int
		last   avail.Events // of the last listed segment
	}{
		{"a little of the fourth", 3*second + second/10, 4, 3*second + second/10, 0, 0},
		{"half of the fourth", 3*second + second/2, 4, 3*second + second/2, 0, 0},
		{"less than a frame of the fourth", 3*second + leastPart, 3, 3 * second, 0, 0},
		{"all of the fourth", 4 * second, 4, 4 * second, 0, avail.Midpoint},
		{"a little of the last", 7*second + second/10, 8, 7*second + second/10, 0, 0},
		{"most of the last", 7*second + second/2, 8, 7*second + second/2, 1, avail.Complete},
	} {
		t.Run(test.name, func(t *testing.T) {
			sp := &origin.Span{
				Avail: avail.Avail{Start: 100, Timed: true}, End: 100 + test.end, Bounds: []origin.Bound{{Time: 100 + test.end}},
			}
			f := &Fill{Start: 100, Time: 100, Back: Unknown, Pod: &Pod{Items: []*avail.Asset{ad}, Kinds: []avail.ItemKind{avail.AdItem}, Reference: "v0"}}
			if !f.Advance(sp, 0, 100+20*second, 100+20*second) || f.Listed != test.listed || f.BackTime != sp.End {
				t.Fatalf("%d segments, back at %d", f.Listed, f.BackTime)
			}
			a := f.Account(sp, sp.End, avail.EarlyReturn)
			if a.Filled != test.filled || a.Shown != test.shown || a.Balance() != 0 {
				t.Errorf("account %+v, balance %d", a, a.Balance())
			}
			if e := Events(segments, f.Listed-1, nil, f.Room(sp)); e != test.last {
				t.Errorf("the last segment implies %v, want %v", e, test.last)
			}
		})
	}
}
