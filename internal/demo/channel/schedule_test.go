package channel

import (
	"path/filepath"
	"testing"
)

// TestScheduleNeverChangesThePast starts the program at many instants: what was
// published by then must stay, and an avail must come soon.
func TestScheduleNeverChangesThePast(t *testing.T) {
	const edge0, lead = 1_000_000, 8
	rhythm := Era{Every: 45, Length: 15}
	for later := range int64(200) {
		file := filepath.Join(t.TempDir(), "schedule.json")
		first, err := OpenSchedule(file, rhythm, edge0, lead)
		if err != nil {
			t.Fatal(err)
		}
		edge := edge0 + later
		second, err := OpenSchedule(file, rhythm, edge, lead)
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(edge0 - 50); n <= edge; n++ {
			a, in := first.At(n)
			if b, also := second.At(n); a != b || in != also {
				t.Fatalf("after a start at +%d, segment %d was in %v %v, and is in %v %v", later, n-edge0, a, in, b, also)
			}
		}
		if a, in := first.At(edge + 1); in {
			if b, _ := second.At(edge + 1); a != b {
				t.Fatalf("a start at +%d changed the avail in progress from %v to %v", later, a, b)
			}
		}
		next, ok := second.after(edge + 1)
		if wait := next.Start - edge; !ok || wait > rhythm.Length+lead {
			t.Errorf("a start at +%d waits %d segments", later, wait)
		}
	}
}

func TestScheduleAfterAgreesWithAt(t *testing.T) {
	s := &Schedule{Eras: []Era{{From: 100, Every: 45, Length: 15}, {From: 260, Every: 20, Length: 5},
		{From: 290, Length: 7}, {From: 320}, {From: 350, Every: 60, Length: 10}}}
	for n := int64(80); n < 400; n++ {
		got, ok := s.after(n)
		want := n
		for {
			if a, in := s.At(want); in && a.Start == want {
				break
			}
			want++
		}
		if !ok || got.Start != want {
			t.Errorf("after %d comes %v, want %d", n, got, want)
		}
	}
}

func TestScheduleRefusesOverlap(t *testing.T) {
	if _, err := OpenSchedule(filepath.Join(t.TempDir(), "s"), Era{Every: 10, Length: 10}, 1000, 8); err == nil {
		t.Error("avails without content between them were accepted")
	}
}

// TestScheduleOnDemand asks for avails at many instants, with and without a
// rhythm: one comes at once where none is on or due, what was published stays, and
// without a rhythm nothing else comes.
func TestScheduleOnDemand(t *testing.T) {
	const edge0 = 1_000_000
	for _, every := range []int64{0, 45} {
		file := filepath.Join(t.TempDir(), "schedule.json")
		s, err := OpenSchedule(file, Era{Every: every, Length: 15}, edge0, 8)
		if err != nil {
			t.Fatal(err)
		}
		for edge := int64(edge0); edge < edge0+300; edge += 7 {
			changed := s.With(Era{Every: every, Length: 10}, edge)
			for n := edge - MaxWindow; n <= edge+1; n++ {
				a, in := s.At(n)
				if b, also := changed.At(n); in != also || in && a != b {
					t.Fatalf("every %d: an avail asked for at +%d changed segment %d from %v %v to %v %v", every, edge-edge0, n-edge, a, in, b, also)
				}
			}
			_, on := s.At(edge + 1)
			if next, ok := changed.after(edge + 1); !on && (!ok || next.Start > edge+MinLead) {
				t.Errorf("every %d: asked for at +%d, the next avail is %v", every, edge-edge0, next)
			}
			s = changed
		}
		if next, ok := s.after(edge0 + 400); ok != (every > 0) {
			t.Errorf("every %d: after the last that was asked for comes %v %v", every, next, ok)
		}
	}
}
