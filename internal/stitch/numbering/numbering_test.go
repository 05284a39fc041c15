package numbering

import (
	"math/rand/v2"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// cuts are those of a rendition whose numbers are the reference's, plus 3.
type cuts struct{ skipped, unknown map[int64]bool }

func (c cuts) Known(n cut.Name) (int64, bool) {
	switch {
	case c.unknown[n.Sequence]:
		return 0, false
	case c.skipped[n.Sequence]:
		return origin.Skipped, true
	}
	return n.Sequence + 3, true
}

// TestNumbering: each ad segment of a rendition is found by its number, each has one of its own,
// and the numbers of a pod follow those that the pods before it leave. A pod that the rendition
// never listed has none, and so have those after a cut that is not known.
func TestNumbering(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := &pods.Run{Epoch: origin.Epoch{Sequence: 1000}, Base: records.Fold{Offsets: []int64{5}}}
		c := cuts{map[int64]bool{}, map[int64]bool{}}
		x := &Numbering{Run: r, Cuts: c, Name: "audio"}
		at, shift := int64(10), int64(0)
		type numbers struct {
			first int64
			known bool
		}
		var want []numbers
		lost := false
		for range 6 {
			f := pods.Fill{Key: avail.Key{Sequence: at}, Start: at, Listed: 1 + rng.IntN(5), Back: at + 1 + rng.Int64N(6)}
			f.Content = rng.IntN(4) == 0
			switch {
			case f.Content:
			case rng.IntN(6) == 0:
				c.skipped[at] = true
			case rng.IntN(12) == 0:
				c.unknown[at], lost = true, true
			}
			want = append(want, numbers{1005 + at + 3 + shift, !f.Empty() && !lost && !c.skipped[at]})
			switch {
			case f.Empty():
			case c.skipped[at]:
				shift += int64(f.Listed)
			default:
				shift += int64(f.Listed) - (f.Back - at)
			}
			r.Fills = append(r.Fills, f)
			at = f.Back + 1 + rng.Int64N(8)
		}
		for i, w := range want {
			first, ok := x.First(i)
			if !r.Fills[i].Empty() && ok != w.known || ok && first != w.first {
				t.Fatalf("seed %d: pod %d begins with %d, %v, want %+v", seed, i, first, ok, w)
			}
			for k := range r.Fills[i].Listed {
				spot, found := x.Find(w.first + int64(k))
				if found != w.known || found && (spot.Fill != &r.Fills[i] || spot.Index != k) {
					if found && spot.Fill != &r.Fills[i] && !w.known {
						continue // the number is another pod's
					}
					t.Fatalf("seed %d: segment %d of pod %d is found as %+v, %v", seed, k, i, spot, found)
				}
			}
		}
	}
	x := &Numbering{Timed: true}
	if x.Shift(0) != 0 {
		t.Error("a pod of a stream without numbers changes numbers")
	}
}
