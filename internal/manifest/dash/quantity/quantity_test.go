package quantity

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		bad  bool
	}{
		{text: "PT0S"}, {text: "PT2.5S", want: 2_500_000_000}, {text: "PT1H1M1S", want: 3661 * Second},
		{text: "P1DT1H", want: 25 * 3600 * Second}, {text: "P0Y0M0DT0H0M24.021S", want: 24_021_000_000},
		{text: "PT.5S", want: 500_000_000}, {text: "PT1.0000000019S", want: 1_000_000_001},
		{text: "PT1751000000.25S", want: 1751000000_250_000_000},
		{text: "", bad: true}, {text: "P", bad: true}, {text: "PT", bad: true}, {text: "-PT1S", bad: true},
		{text: "PT-1S", bad: true}, {text: "PT9999999999999S", bad: true}, {text: "P1S", bad: true}, {text: "PT1.5M", bad: true},
		{text: "PT99999999999999999999S", bad: true}, {text: "10", bad: true},
	} {
		got, err := ParseDuration(c.text)
		if (err != nil) != c.bad || err == nil && got != c.want {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
	}
	for us, want := range map[int64]string{0: "PT0S", 1: "PT0.000001S", 1_500_000: "PT1.5S", 90_000_000: "PT90S", -20: "-PT0.00002S"} {
		if got := string(AppendDuration(nil, us)); got != want {
			t.Errorf("%d: %s", us, got)
		}
	}
}

// TestTicksInvertMicros pins B-43: the media time of a boundary is exact in each
// timescale that is not finer than the timeline.
func TestTicksInvertMicros(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, scale := range []int64{1, 1000, 44100, 48000, 90000, 1_000_000} {
		for range 2000 {
			start := (rnd.Int64N(1_800_000_000*Second) - Second) / 1000 * 1000
			n := rnd.Int64N(MaxTicks/1_000_000*scale+1) % (1_800_000_000 * scale)
			if n > MaxTicks {
				n = MaxTicks
			}
			us := Micros(start, n, scale)
			if got := Ticks(us, start, scale); got != n {
				t.Fatalf("scale %d: %d ticks from %d is %d µs is %d ticks", scale, n, start, us, got)
			}
		}
	}
	if got := Micros(1_999, 1, 10_000_000); got != 2 { // 1.999 µs + 0.1 µs = 2.099
		t.Errorf("%d", got)
	}
	if got := Micros(400, 1, 10_000_000); got != 1 { // 0.4 + 0.1 rounds up, once
		t.Errorf("%d", got)
	}
}

// TestAppendDate holds dates to those of the standard library.
func TestAppendDate(t *testing.T) {
	for _, us := range []int64{0, 1, 10, 999_999, 1_000_000, 1_772_236_799_120_000, 1_709_164_800_000_001, -1, -62_135_596_800_000_000, 253_402_300_799_999_999, 253_402_300_800_000_000} {
		if got, want := string(AppendDate(nil, us)), time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z"); got != want {
			t.Errorf("%d is %s, want %s", us, got, want)
		}
	}
}
