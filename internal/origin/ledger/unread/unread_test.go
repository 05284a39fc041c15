package unread

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
)

// view is a view of three segments, before which markers stand that can't be understood.
func view(sequence int64, markers ...manifest.UnreadMarker) *origin.View {
	return &origin.View{
		Timeline: &manifest.Timeline{Sequence: sequence, Segments: make([]manifest.Segment, 3), Unread: markers},
		Epoch:    origin.Epoch{Index: 1}, Times: []int64{0, 4e6, 8e6, 12e6},
	}
}

// TestFacts: a marker is new once, at its place; only the newest are kept, and nothing is written
// if none is new.
func TestFacts(t *testing.T) {
	now := time.UnixMicro(77)
	var m Markers
	learn := func(v *origin.View) int {
		t.Helper()
		facts := m.Facts(v, now)
		if len(facts) == 0 {
			return 0
		}
		before := len(m)
		if err := json.Unmarshal(facts[0].Value, &m); err != nil || len(facts) != 1 || facts[0].Key != Key || facts[0].Rank != 77 {
			t.Fatalf("%v, %+v", err, facts)
		}
		return len(m) - before
	}
	if n := learn(view(10)); n != 0 {
		t.Errorf("%d are new where there are none", n)
	}
	v := view(10, manifest.UnreadMarker{Segment: 1, Line: "#EXT-X-CUE-OUT:x"})
	if n := learn(v); n != 1 {
		t.Fatalf("%d are new", n)
	}
	want := Marker{Key: avail.Key{Epoch: 1, Sequence: 11}, Time: 4e6, Line: "#EXT-X-CUE-OUT:x", Seen: 77, Reason: avail.MarkerUnreadable}
	if m[0] != want {
		t.Errorf("%+v, want %+v", m[0], want)
	}
	if facts := m.Facts(v, now); facts != nil {
		t.Errorf("it is new again: %+v", facts)
	}
	if n := learn(view(10, manifest.UnreadMarker{Segment: 1, Line: "#EXT-X-CUE-OUT:y"})); n != 1 {
		t.Errorf("another line at the same place: %d are new", n)
	}
	for i := range int64(2 * most) {
		learn(view(20+i, manifest.UnreadMarker{Line: fmt.Sprint(i)}))
	}
	if len(m) != most || m[most-1].Line != fmt.Sprint(2*most-1) {
		t.Errorf("%d are kept, the last is %+v", len(m), m[len(m)-1])
	}
}
