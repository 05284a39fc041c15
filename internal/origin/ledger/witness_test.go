package ledger

import (
	"errors"
	"testing"
	"time"

	"stitcher/internal/origin"
)

// step is a playlist that a stream is shown, so many seconds after the start.
type step struct {
	name, text string
	seconds    int
	wantErr    error
}

// showSteps shows playlists to a stream.
func showSteps(t *testing.T, s *Stream, steps []step) {
	t.Helper()
	for _, x := range steps {
		if _, err := s.Accept(t.Context(), x.name, "", sketch(t, x.text), afterStart(x.seconds)); !errors.Is(err, x.wantErr) {
			t.Fatalf("%s %q: %v, want %v", x.name, x.text, err, x.wantErr)
		}
	}
}

func afterStart(seconds int) time.Time {
	return epochStart.Add(time.Duration(seconds) * time.Second)
}

// TestMoveByThirdRendition: an undated rendition that was first seen after the feeding one
// had died goes on with the timeline if a third one shows where it stands.
func TestMoveByThirdRendition(t *testing.T) {
	for _, c := range []struct {
		name  string
		after []step // when v0 has died
		moved bool
		from  int64 // where the timeline begins that v1 feeds
	}{
		{"the same segments", []step{{"t0", "103 3 5 4 3", 12, nil}, {"v1", "104 5 4 3 5", 16, nil}}, true, 104},
		{
			"its place was not known when it was listed",
			[]step{{"v1", "104 5 4 3", 12, nil}, {"t0", "103 3 5 4 3", 12, nil}, {"v1", "104 5 4 3 5", 16, nil}, {"v1", "105 4 3 5 4", 20, nil}},
			true, 108,
		},
		{"other segments", []step{{"t0", "103 3 5 4 3", 12, nil}, {"v1", "104 3 3 3 3", 16, nil}}, false, 100},
		{"no third one", []step{{"v1", "104 5 4 3", 12, nil}, {"v1", "104 5 4 3 5", 16, nil}}, false, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			showSteps(t, s, []step{{"v0", "100 4 5 4 3", 0, nil}, {"t0", "100 4 5 4 3", 0, nil}})
			showSteps(t, s, c.after)
			moved, err := s.Move(t.Context(), "v1", afterStart(20), true)
			if err != nil || moved != c.moved {
				t.Fatalf("moved %v, %v; want %v", moved, err, c.moved)
			}
			if r := s.Newest(origin.Reference); r.Head() != c.from {
				t.Errorf("the timeline is %d to %d, want it from %d", r.Head(), r.Next(), c.from)
			}
		})
	}
}

// TestRestartOfFeederIsAwaited: where the feeding rendition is served and its numbers fell,
// the timeline does not move to a rendition that was never seen before: if the origin has
// started again, that rendition is of the next epoch.
func TestRestartOfFeederIsAwaited(t *testing.T) {
	s := openStream(t, newMemory())
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	showSteps(t, s, []step{
		{"v0", "100@0 4 4 4 4", 0, nil}, {"t0", "700@0 4 4 4 4", 0, nil},
		{"v0", "0@80 4 4", 90, ErrUnsettled}, {"a0", "2@82 3 3", 90, nil},
	})
	if moved, err := s.Move(t.Context(), "a0", afterStart(90), false); err != nil || moved {
		t.Fatalf("moved %v, %v", moved, err)
	}
	showSteps(t, s, []step{{"v0", "0@80 4 4 4", 94, nil}, {"t0", "1@84 4 4", 95, nil}})
	if v := s.Newest("t0"); v.Epoch.Index != 1 {
		t.Errorf("t0 is in epoch %d", v.Epoch.Index)
	}
	if s.Silent(afterStart(94), false) {
		t.Error("the timeline is silent")
	}
}

// TestFewSegments: after a restart playlists are short, and segments of another length may be
// as long as the timeline's once. Three in a row are evidence.
func TestFewSegments(t *testing.T) {
	for _, c := range []struct {
		name, v0, a0 string
		placed       bool
	}{
		{"one", "0 4 4 4", "0 4", false},
		{"two", "0 4 4 4", "0 4 4", false},
		{"three", "0 4 4 4", "0 4 4 4", true},
		{"one of three has another length", "0 4 4 4", "0 4 3.8 4", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			showSteps(t, s, []step{{"v0", c.v0, 0, nil}, {"a0", c.a0, 0, nil}})
			if v := s.Newest("a0"); v.Placed != c.placed {
				t.Errorf("placed %v, want %v", v.Placed, c.placed)
			}
		})
	}
}

// TestMoveToStranger: a dated rendition that was never listed before the timeline's end, and
// begins after it, begins an epoch, because the origin may have started again.
func TestMoveToStranger(t *testing.T) {
	for _, c := range []struct {
		name string
		t0   []step // afterwards
		want int64  // its first number in the epoch
	}{
		{"a restart", []step{{"t0", "1@84 4 4 4", 91, nil}}, 1},
		{"none", []step{{"t0", "719@76 4 4 4 4", 95, nil}}, 720},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			showSteps(t, s, []step{
				{"v0", "100@0 4 4 4 4", 0, nil}, {"t0", "700@0 4 4 4 4", 0, nil}, {"a0", "2@82 3 3", 90, nil},
			})
			if moved, err := s.Move(t.Context(), "a0", afterStart(90), true); err != nil || !moved {
				t.Fatalf("moved %v, %v", moved, err)
			}
			showSteps(t, s, []step{{"a0", "2@82 3 3 3", 91, nil}})
			if r := s.Newest(origin.Reference); r.Epoch.Index != 1 || r.Head() != 2 || r.Next() != 5 {
				t.Errorf("the timeline is in epoch %d from %d to %d", r.Epoch.Index, r.Head(), r.Next())
			}
			showSteps(t, s, c.t0)
			if v := s.Newest("t0"); v.Epoch.Index != 1 || v.First != c.want {
				t.Errorf("t0 is in epoch %d from %d, want 1 from %d", v.Epoch.Index, v.First, c.want)
			}
		})
	}
}
