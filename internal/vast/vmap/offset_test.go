package vmap

import (
	"reflect"
	"testing"
)

// TestTimeOffset holds every form of VMAP 1.0.1 §2.3.1 and where it falls in
// content of ten minutes and of unknown duration.
func TestTimeOffset(t *testing.T) {
	const unplaced = -1
	for _, tc := range []struct {
		text         string
		want         TimeOffset
		ok           bool
		vod, unknown int64
	}{
		{"start", TimeOffset{Kind: OffsetStart}, true, 0, 0},
		{" START ", TimeOffset{Kind: OffsetStart}, true, 0, 0},
		{"end", TimeOffset{Kind: OffsetEnd}, true, 600_000_000, unplaced},
		{"00:00:25", TimeOffset{Kind: OffsetTime, Time: 25_000_000}, true, 25_000_000, 25_000_000},
		{"00:00:10.125", TimeOffset{Kind: OffsetTime, Time: 10_125_000}, true, 10_125_000, 10_125_000},
		{"01:00:00", TimeOffset{Kind: OffsetTime, Time: 3_600_000_000}, true, unplaced, 3_600_000_000},
		{"0%", TimeOffset{Kind: OffsetPercent}, true, 0, unplaced},
		{"25%", TimeOffset{Kind: OffsetPercent, Part: 250_000}, true, 150_000_000, unplaced},
		{"33.3333%", TimeOffset{Kind: OffsetPercent, Part: 333_333}, true, 199_999_800, unplaced},
		{"100%", TimeOffset{Kind: OffsetPercent, Part: 1_000_000}, true, 600_000_000, unplaced},
		{"#3", TimeOffset{Kind: OffsetPosition, Position: 3}, true, unplaced, unplaced},
		{"#0", TimeOffset{}, false, unplaced, unplaced},
		{"#-1", TimeOffset{}, false, unplaced, unplaced},
		{"101%", TimeOffset{}, false, unplaced, unplaced},
		{"-5%", TimeOffset{}, false, unplaced, unplaced},
		{"-00:00:10", TimeOffset{}, false, unplaced, unplaced},
		{"middle", TimeOffset{}, false, unplaced, unplaced},
		{"", TimeOffset{}, false, unplaced, unplaced},
	} {
		got, ok := ParseTimeOffset(tc.text)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("%q: %+v, %v; want %+v, %v", tc.text, got, ok, tc.want, tc.ok)
		}
		if !ok {
			continue
		}
		for duration, want := range map[int64]int64{600_000_000: tc.vod, 0: tc.unknown} {
			at, placed := got.In(duration)
			if placed != (want != unplaced) || placed && at != want {
				t.Errorf("%q in %d: %d, %v; want %d", tc.text, duration, at, placed, want)
			}
		}
	}
}

// TestBreakTimes: repeatAfter repeats a break up to the end of the content,
// and no more than MaxBreaks times.
func TestBreakTimes(t *testing.T) {
	at := func(text string, repeat int64) *Break {
		o, ok := ParseTimeOffset(text)
		if !ok {
			t.Fatal(text)
		}
		return &Break{Offset: o, RepeatAfter: repeat}
	}
	for name, tc := range map[string]struct {
		b        *Break
		duration int64
		want     []int64
	}{
		"once":              {at("start", 0), 600_000_000, []int64{0}},
		"every two minutes": {at("00:01:00", 120_000_000), 600_000_000, []int64{60e6, 180e6, 300e6, 420e6, 540e6}},
		"up to the end":     {at("start", 300_000_000), 600_000_000, []int64{0, 300e6}},
		"unknown duration":  {at("00:01:00", 120_000_000), 0, []int64{60e6}},
		"no place":          {at("#1", 120_000_000), 600_000_000, nil},
		"past the end":      {at("00:20:00", 1_000_000), 600_000_000, nil},
	} {
		if got := tc.b.Times(tc.duration); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	if n := len(at("start", 1).Times(1 << 50)); n != MaxBreaks {
		t.Errorf("%d repetitions, want %d", n, MaxBreaks)
	}
}
