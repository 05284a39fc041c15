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

// cuts are those that a ledger knows.
type cuts map[cut.Name]int64

func (c cuts) Known(n cut.Name) (int64, bool) {
	at, ok := c[n]
	return at, ok
}

// numbers are those of a pod: its first, and whether it is known.
type numbers struct {
	first int64
	known bool
}

// made is a run with the cuts of its rendition "audio", whose numbers are the reference's plus
// three, and the numbers that its pods must have. Pods may adjoin, the rendition may not have
// listed one, and the last may not have returned.
func made(rng *rand.Rand) (*Numbering, []numbers) {
	const epoch, ours, summed, ahead = 2, 1000, 5, 3
	c := cuts{}
	r := &pods.Run{Epoch: origin.Epoch{Index: epoch, Sequence: ours}, Base: records.Fold{Offsets: []int64{0, summed}}}
	at, shift, lost := int64(10), int64(0), false
	gaps := make([]int64, 6)
	for i := range gaps {
		gaps[i] = max(0, rng.Int64N(6)-1)
	}
	var want []numbers
	for i, gap := range gaps {
		f := pods.Fill{Key: avail.Key{Epoch: epoch, Sequence: at}, Start: at, Listed: 1 + rng.IntN(5), Back: at + 1 + rng.Int64N(6)}
		f.Content = rng.IntN(4) == 0
		name := cut.Name{Rendition: "audio", Epoch: epoch, Sequence: at}
		skipped := !f.Content && rng.IntN(6) == 0 && (i == 0 || gaps[i-1] > 0)
		switch {
		case f.Content:
		case skipped:
			c[name] = origin.Skipped
		case rng.IntN(12) == 0:
			lost = true
		default:
			c[name] = at + ahead
		}
		want = append(want, numbers{ours + summed + at + ahead + shift, !f.Content && !skipped && !lost})
		switch {
		case f.Content:
		case skipped:
			shift += int64(f.Listed)
		default:
			shift += int64(f.Listed) - (f.Back - at)
		}
		at = f.Back + gap
		if !f.Content && !skipped && i == len(gaps)-1 && rng.IntN(2) == 0 {
			f.Back = pods.Unknown
		}
		r.Fills = append(r.Fills, f)
	}
	for i := range r.Fills {
		f := &r.Fills[i]
		if f.Content || f.Back == pods.Unknown {
			continue
		}
		// Where the next pod begins, its cut is that of the return too.
		name := cut.Name{Rendition: "audio", Epoch: epoch, Sequence: f.Back, Back: !pods.BeginsAt(r.Fills[i+1:], f.Back)}
		if name.Back {
			c[name] = f.Back + ahead
		}
	}
	return &Numbering{Run: r, Cuts: c, Name: "audio", N: 1}, want
}

// TestNumbering: each ad segment of a rendition is found by its number, each has one of its own,
// and the numbers of a pod follow those that the pods before it leave. A pod that the rendition
// never listed has none, and so have those after a cut that is not known.
func TestNumbering(t *testing.T) {
	found := 0
	for seed := range uint64(2000) {
		x, want := made(rand.New(rand.NewPCG(seed, 1)))
		at := map[int64]Spot{}
		for i, w := range want {
			f := &x.Run.Fills[i]
			if adjoins := i > 0 && x.Run.Fills[i-1].Back == f.Start; adjoins && !want[i-1].known && !x.Run.Fills[i-1].Content {
				break // what such a pod follows is not known
			}
			first, ok := x.First(i)
			if !f.Content && ok != w.known || ok && !f.Content && first != w.first {
				t.Fatalf("seed %d: pod %d begins with %d, %v, want %+v", seed, i, first, ok, w)
			}
			for k := range f.Listed {
				if w.known {
					at[w.first+int64(k)] = Spot{f, k}
				}
			}
		}
		for n, spot := range at {
			if got, ok := x.Find(n); !ok || got != spot {
				t.Fatalf("seed %d: %d is %+v, %v, want %+v", seed, n, got, ok, spot)
			}
			found++
		}
	}
	if found < 10_000 {
		t.Errorf("only %d segments were looked for", found)
	}
	if x := (&Numbering{Timed: true}); x.Shift(0) != 0 {
		t.Error("a pod of a stream without numbers changes numbers")
	}
}
