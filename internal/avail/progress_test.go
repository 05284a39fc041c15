package avail

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEventValues: the bits are in stores, so each keeps its value. The names are in
// sending order.
func TestEventValues(t *testing.T) {
	for event, want := range map[Events]uint64{
		BreakStart: 1, Impression: 2, Start: 4, FirstQuartile: 8, Midpoint: 16, ThirdQuartile: 32, Complete: 64,
		BreakEnd: 128, Loaded: 256, CreativeView: 512, progressAt(0, 1): 1 << 16, progressAt(39, 40): 1 << 55,
	} {
		if uint64(event) != want {
			t.Errorf("%s is %d, want %d", event.Name(), event, want)
		}
	}
	all := progressAt(1, 2) | progressAt(0, 2) | 1023
	want := "breakStart, loaded, impression, creativeView, start, firstQuartile, midpoint, thirdQuartile, progress, progress, complete, breakEnd" //nolint:dupword // two of them
	if got := strings.Join(all.Names(), ", "); got != want {
		t.Errorf("sent are %s", got)
	}
	if got := slices.Collect((Start | progressAt(0, 2) | Loaded | progressAt(1, 2)).Each()); !reflect.DeepEqual(got, []Events{Loaded, Start, 1 << 16, 1 << 17}) {
		t.Errorf("one by one they are %v", got)
	}
	for range all.Each() {
		break // a range may end early
	}
}

// TestProgressIn: progress is told with the segment that holds the offset or ends
// there, once, and never before it is reached.
func TestProgressIn(t *testing.T) {
	list := []Progress{
		{Offset: "0"}, {Offset: "0.5", At: 500_000}, {Offset: "25%", Part: 250_000}, {Offset: "2.5", At: 2_500_000},
		{Offset: "100%", Part: 1_000_000}, {Offset: "6.4", At: 6_400_000}, {Offset: "6.6", At: 6_600_000}, {Offset: "9", At: 9_000_000},
	}
	const length = 6_000_000
	for segment, want := range map[int64]string{0: "0 0.5", 1: "25%", 2: "2.5", 3: "", 4: "", 5: "100% 6.4"} {
		in := ProgressIn(list, segment*1_000_000, (segment+1)*1_000_000, length)
		var got []string
		for i, p := range list {
			if in&progressAt(i, len(list)) != 0 {
				got = append(got, p.Offset)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("segment %d: %s, want %s", segment, got, want)
		}
	}
}

// TestManyOffsets: more offsets than there are events share them; each is told, none
// before it is reached.
func TestManyOffsets(t *testing.T) {
	ad := &Ad{Duration: 100_000_000, Tracking: map[string][]string{}}
	for i := range 100 {
		p := Progress{Offset: fmt.Sprint(i + 1), At: int64(i+1) * 1_000_000}
		ad.Progress = append(ad.Progress, p)
		ad.Track(p.Event(), []string{p.Offset})
	}
	var told []string
	for second := range int64(100) {
		for event := range ProgressIn(ad.Progress, second*1_000_000, (second+1)*1_000_000, ad.Duration).Each() {
			for name, urls := range ad.Beacons(event) {
				if at, ok := ad.Playhead(name); !ok || at > (second+1)*1_000_000 || at < (second-1)*1_000_000 {
					t.Errorf("%s is told in second %d", name, second)
				}
				told = append(told, urls...)
			}
		}
	}
	slices.Sort(told)
	if told = slices.Compact(told); len(told) != 100 {
		t.Errorf("%d offsets are told", len(told))
	}
}

// TestPlayhead: the position of each event that beacons tell of.
func TestPlayhead(t *testing.T) {
	ad := &Ad{Duration: 8_000_000, Progress: []Progress{{Offset: "50%", Part: 500_000}, {Offset: "3", At: 3_000_000}}}
	for event, want := range map[string]int64{
		"loaded": 0, "creativeView": 0, "start": 0, "firstQuartile": 2_000_000, "complete": 8_000_000, "progress@50%": 4_000_000, "progress@3": 3_000_000,
	} {
		if at, ok := ad.Playhead(event); !ok || at != want {
			t.Errorf("%s is at %d", event, at)
		}
	}
	for _, event := range []string{"progress", "progress@4", "mute"} {
		if _, ok := ad.Playhead(event); ok {
			t.Errorf("%s has a position", event)
		}
	}
}
