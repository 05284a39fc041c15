package ledger

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestTimesAreShared: streams that viewers' queries make of one playlist have one list of
// the times of its segments, until nobody has it.
func TestTimesAreShared(t *testing.T) {
	times := origin.NewTimes()
	text := "10@0" + strings.Repeat(" 4", 1000)
	var streams []*Stream
	for _, channel := range []string{"a", "b", "c"} {
		s, err := Open(t.Context(), newMemory(), channel, Options{Maximum: 60 * second, Times: times})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Begin(t.Context(), "v"); err != nil {
			t.Fatal(err)
		}
		list := text
		if channel == "c" {
			list += " 5"
		}
		if _, err := s.Accept(t.Context(), "v", "", sketch(t, list), epochStart); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, s)
	}
	compareTimes(t, times, streams)
	for _, s := range streams {
		s.Rest(epochStart.Add(time.Hour), time.Minute)
	}
	for times.Bytes() > 0 { // cleanups run some time after a collection
		runtime.GC()
	}
}

// compareTimes holds that the first two streams have the same list, and the third another.
func compareTimes(t *testing.T, times *origin.Times, streams []*Stream) {
	t.Helper()
	a, b, c := streams[0].Newest("v"), streams[1].Newest("v"), streams[2].Newest("v")
	if &a.Times[0] != &b.Times[0] {
		t.Error("equal times are kept twice")
	}
	if &a.Times[0] == &c.Times[0] || c.Edge() != a.Edge()+5*second {
		t.Error("other times are shared")
	}
	if want := int64(8 * (len(a.Times) + len(c.Times))); times.Bytes() != want {
		t.Errorf("%d bytes are counted, want %d", times.Bytes(), want)
	}
}
