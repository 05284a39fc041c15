package ledger

import (
	"testing"

	"stitcher/internal/origin"
)

// TestResume: if no rendition can be proved to continue a silent timeline, it resumes on one
// in an epoch of its own: numbers go on above all that were listed, and nothing is listed
// twice.
func TestResume(t *testing.T) {
	m := newMemory()
	s := openStream(t, m)
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	resume := func(name string, seconds int, want bool) {
		t.Helper()
		if moved, err := s.Move(t.Context(), name, afterStart(seconds), true); err != nil || moved {
			t.Fatalf("moved %v, %v", moved, err)
		}
		if ok, err := s.Resume(t.Context(), name, afterStart(seconds)); err != nil || ok != want {
			t.Fatalf("after %d s it resumed: %v, %v; want %v", seconds, ok, err, want)
		}
	}
	in := func(name string, epoch int, first, next int64) {
		t.Helper()
		if v := s.Newest(name); v.Epoch.Index != epoch || v.First != first || v.Next() != next {
			t.Errorf("%q is in epoch %d from %d to %d, want %d from %d to %d", name, v.Epoch.Index, v.First, v.Next(), epoch, first, next)
		}
	}
	showSteps(t, s, []step{
		{"v0", "100 4 4 4 4", 0, nil}, {"a0", "300 3 3 3 3", 0, nil}, {"a0", "303 3 3 3 3", 10, nil},
		{"v1", "500 5 5 5 5", 10, nil},
	})
	resume("v1", 11, false) // not for long
	showSteps(t, s, []step{{"v1", "501 5 5 5 5", 17, nil}})
	resume("v1", 17, false) // it was noticed now
	resume("v1", 26, true)  // what is published from 30 s on
	if name, _ := s.Feeder(); name != "v1" {
		t.Fatalf("%s feeds the timeline", name)
	}
	// The others wait for the first segment of the epoch.
	showSteps(t, s, []step{{"a0", "306 3 3 3 3 3 3", 31, ErrUnsettled}, {"v1", "501 5 5 5 5", 31, ErrUnsettled}})
	in("a0", 0, -1, 307)
	if v, err := s.Accept(t.Context(), "v1", "", sketch(t, "501 5 5 5 5"), afterStart(32)); v == nil || v.Epoch.Index != 0 {
		t.Errorf("v1 has %+v, %v until it begins the epoch, want what it had", v, err)
	}
	showSteps(t, s, []step{{"v1", "502 5 5 5 5o20", 35, nil}})
	in("v1", 1, 505, 506)
	in(origin.Reference, 1, -1, 506)
	if r := s.Newest(origin.Reference); r.Head() != 505 {
		t.Errorf("the timeline begins at %d", r.Head())
	}
	if got := ledger(s); got != "1.505-?" {
		t.Errorf("ledger %q", got)
	}
	// What was published since then is listed, as far as that is known.
	showSteps(t, s, []step{{"a0", "308 3 3 3 3 3", 35, nil}})
	in("a0", 1, 312, 313)
	// A rendition that is back, and one that is new.
	showSteps(t, s, []step{{"v0", "106 4 4 4 4", 37, nil}, {"t0", "110 4 4 4 4", 37, nil}})
	in("v0", 1, 109, 110)
	in("t0", 1, 113, 114)
	if e := s.Newest("v0").Epoch; e.Sequence < 103 || e.Resumed != afterStart(30).UnixMicro() || e.Past != 103 {
		t.Errorf("epoch %+v", e)
	}
	s = openStream(t, m)
	showSteps(t, s, []step{{"v1", "503 5 5 5o20 5", 37, nil}, {"v0", "107 4 4 4 4", 41, nil}})
	in("v1", 1, 505, 507)
	in("v0", 1, 109, 111)
	if s.Newest("v0").Maps(epochStart.UnixMicro() + 31*second) {
		t.Error("an avail can be filled whose start v0 does not list")
	}
}

// TestResumeAgain: a rendition with which the timeline was to resume and that died, or
// started again, before it listed anything gives way to another epoch.
func TestResumeAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		after []step
		by    string // what the timeline resumes on then
		from  int64
	}{
		{"it died", []step{{"a0", "900 3 3 3 3", 49, nil}, {"a0", "901 3 3 3 3", 60, nil}}, "a0", 905},
		{"it started again", []step{{"v1", "0 5 5", 33, ErrUnsettled}, {"v1", "0 5 5", 42, nil}}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			showSteps(t, s, []step{{"v0", "100 4 4 4 4", 0, nil}, {"v1", "500 5 5 5 5", 20, nil}})
			for _, seconds := range []int{20, 30} {
				if _, err := s.Resume(t.Context(), "v1", afterStart(seconds)); err != nil {
					t.Fatal(err)
				}
			}
			showSteps(t, s, c.after)
			if c.by != "" {
				for _, seconds := range []int{49, 60} {
					if _, err := s.Resume(t.Context(), c.by, afterStart(seconds)); err != nil {
						t.Fatal(err)
					}
				}
				showSteps(t, s, []step{{c.by, "902 3 3 3 3", 67, nil}})
			}
			if r := s.Newest(origin.Reference); r.Epoch.Index != 2 || r.Head() != c.from {
				t.Errorf("the timeline is in epoch %d from %d, want 2 from %d", r.Epoch.Index, r.Head(), c.from)
			}
		})
	}
}
