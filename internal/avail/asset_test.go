package avail

import "testing"

// TestFirst: an asset that is cut has as many segments in every rendition, and the
// one that it is cut from stays whole.
func TestFirst(t *testing.T) {
	a := &Asset{Duration: 5, Renditions: []AssetRendition{
		{Name: "a0", Segments: []AssetSegment{{Name: "x", Duration: 3}, {Name: "y", Duration: 3}, {Name: "z", Duration: 1}}},
		{Name: "v0", Segments: []AssetSegment{{Name: "x", Duration: 2}, {Name: "y", Duration: 2}, {Name: "z", Duration: 1}}},
	}}
	for n, want := range map[int]int{0: 3, 1: 1, 2: 2, 3: 3, 9: 3} {
		got := a.First(n)
		if got.Segments() != want || len(got.Renditions[0].Segments) != want || got.Duration != a.Through(want) {
			t.Errorf("the first %d: %+v", n, got)
		}
	}
	if a.Segments() != 3 || a.Through(2) != 4 || a.Duration != 5 {
		t.Errorf("it is %+v now", a)
	}
	if (&Asset{Duration: 5}).First(1).Segments() != 0 {
		t.Error("segments of nothing")
	}
}
