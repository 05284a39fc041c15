package encode

import (
	"fmt"
	"testing"

	"stitcher/internal/transcodecache/profile"
)

var rates = []profile.Ratio{{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 30, Den: 1}, {Num: 50, Den: 1}, {Num: 60000, Den: 1001}, {Num: 48000, Den: profile.FrameSize}, {Num: 44100, Den: profile.FrameSize}}

// holds is every law of a plan.
func holds(rate profile.Ratio, t, segment int64) error {
	g, err := newGrid(rate, t, segment)
	if err != nil {
		return nil //nolint:nilerr // refused: there is nothing to break
	}
	var sum int64
	for i := range g.Segments() {
		d := g.duration(i)
		sum += d
		if d > segment+second*rate.Den/rate.Num {
			return fmt.Errorf("segment %d of %d lasts %d µs", i, g.Segments(), d)
		}
		if d < MinSegment-2 {
			return fmt.Errorf("segment %d of %d is a sliver of %d µs", i, g.Segments(), d)
		}
	}
	unit := second*rate.Den/rate.Num + 1
	if off := sum - t; off > unit || off < -unit {
		return fmt.Errorf("the segments sum to %d µs", sum)
	}
	for _, other := range rates {
		a, err := g.align(other)
		if err != nil {
			return err
		}
		unit := second*other.Den/other.Num + 1
		for i := range a.Cuts {
			if d := 2 * (a.Time(a.Cuts[i]) - g.Time(g.Cuts[i])); d > unit+2 || d < -unit-2 {
				return fmt.Errorf("cut %d at rate %s is %d µs off", i, other, d/2)
			}
		}
	}
	return nil
}

func TestPlan(t *testing.T) {
	for _, rate := range rates {
		for _, segment := range []int64{second, 1_500_000, 2 * second} {
			for length := int64(400_000); length < 12*second; length += 19_777 {
				if err := holds(rate, length, segment); err != nil {
					t.Fatalf("%d µs at rate %s in segments of %d: %v", length, rate, segment, err)
				}
			}
		}
	}
}

// The tail of a creative of 30.02 s is shared with its neighbour.
func TestPlanTail(t *testing.T) {
	g, err := newGrid(profile.Ratio{Num: 25, Den: 1}, 30_040_000, 2*second)
	if err != nil {
		t.Fatal(err)
	}
	if g.Segments() != 16 || g.duration(13) != 2*second || g.duration(14) != 1_040_000 || g.duration(15) != 1_000_000 {
		t.Errorf("cuts %v", g.Cuts)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add(int64(30_020_000), 2*second, uint8(3))
	f.Add(int64(500_000), second, uint8(0))
	f.Add(600*second, int64(1_234_567), uint8(7))
	f.Fuzz(func(t *testing.T, length, segment int64, rate uint8) {
		if length < 0 || length > 600*second || segment < second || segment > 60*second {
			return
		}
		if err := holds(rates[int(rate)%len(rates)], length, segment); err != nil {
			t.Error(err)
		}
	})
}
