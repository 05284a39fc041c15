package ledger

import (
	"errors"
	"sync"
	"testing"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
)

// TestMove: when the rendition that feeds the timeline dies, another goes on with
// it from its end, if it can be proved to, and only then (google/ExoPlayer#537,
// mangui/flashls#375). The timeline's last segment of v0 is 103 in all of them.
func TestMove(t *testing.T) {
	const a = "100@0 4 4 4 4"
	for _, c := range []struct {
		name   string
		v0, v1 string        // while both live
		after  string        // v1, when v0 has died
		silent time.Duration // since v0 was last seen
		moved  bool
		ledger string
		next   int64 // the number of v1 that follows the timeline's 103
	}{
		{"the same segments", a, "500@0 4 4 4 4", "501@4 4 4 4 4", 4 * time.Second, true, "", 504},
		{"with an avail", a, "500@0 4 4 4 4", "502@8 4 4 4o8 4 4i", 4 * time.Second, true, "0.104-106 announced", 504},
		{"other segments", a, "500@1 3 3 3 3", "502@7 3 3 3 3", 4 * time.Second, true, "", 505},
		{"other segments with an avail", a, "500@1 3 3 3 3", "502@7 3 3 3 3o6 3 3 3i", 4 * time.Second, true, "0.104-106 announced", 505},
		{"segments went by unseen", a, "500@0 4 4 4 4", "520@80 4 4 4", 4 * time.Second, true, "", 518},
		{"an avail that is open", "100@0 4 4 4o12 4", "500@0 4 4 4o12 4", "502@8 4o12 4 4 4i", 4 * time.Second, true, "0.102-105 announced", 504},
		{"nothing past the end", a, "500@0 4 4 4 4", "500@0 4 4 4 4", 4 * time.Second, false, "", 0},
		{"not silent yet", a, "500@0 4 4 4 4", "501@4 4 4 4 4", 3 * time.Second, false, "", 0},
		{"other discontinuity numbers", a, "500@0 4 4d 4 4", "501@4 4d 4 4 4", 4 * time.Second, false, "", 0},
		{"without dates", "100 4 5 4 3", "100 4 5 4 3", "101 5 4 3 4", 4 * time.Second, true, "", 104},
		{"without dates, other segments", "100 4 5 4 3", "100 3 3 3 3", "101 3 3 3 3", 4 * time.Second, false, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			for _, x := range []struct{ name, text string }{{"v0", c.v0}, {"v1", c.v1}} {
				if _, err := s.Accept(t.Context(), x.name, "", sketch(t, x.text), epochStart); err != nil {
					t.Fatal(err)
				}
			}
			now := epochStart.Add(c.silent)
			if _, err := s.Accept(t.Context(), "v1", "", sketch(t, c.after), now); err != nil {
				t.Fatal(err)
			}
			moved, err := s.Move(t.Context(), "v1", now, true)
			if err != nil || moved != c.moved {
				t.Fatalf("moved %v, %v; want %v", moved, err, c.moved)
			}
			for _, s := range []*Stream{s, openStream(t, m)} {
				if got := ledger(s); got != c.ledger {
					t.Errorf("ledger %q, want %q", got, c.ledger)
				}
				if name, _ := s.Feeder(); (name == "v1") != c.moved {
					t.Errorf("%s feeds the timeline", name)
				}
				if x, ok := s.Known(cut.Name{Rendition: "v0", Sequence: 104, Back: true}); x != 104 || !ok {
					t.Errorf("the end is %d, %v in v0", x, ok)
				}
				if _, ok := s.Known(cut.Name{Rendition: "v0", Sequence: 106, Back: true}); ok == c.moved {
					t.Errorf("what v1 fed is known in v0: %v", ok)
				}
				if x, ok := s.Known(cut.Name{Rendition: "v1", Sequence: 107, Back: true}); c.moved && (x != c.next+3 || !ok) {
					t.Errorf("107 is %d, %v in v1; want %d", x, ok, c.next+3)
				}
			}
			if !c.moved {
				return
			}
			if s.Silent(now, true) {
				t.Error("the timeline is silent after it moved")
			}
			if moved, err := s.Move(t.Context(), "v1", now, true); err != nil || !moved {
				t.Errorf("again: %v, %v", moved, err)
			}
		})
	}
}

// TestMoveOfAsset: where a process that has not seen an asset's first rendition
// finds it gone, another with the same segments takes its place.
func TestMoveOfAsset(t *testing.T) {
	for _, c := range []struct {
		name, v1 string
		moved    bool
	}{
		{"the same segments", "500 4 4o8 4 4i 4 end", true},
		{"others", "500 4 3o8 5 4i 4 end", false},
		{"shorter", "500 4 4o8 4 4i end", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			if err := s.Begin(t.Context(), "v0"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), "v0", "", sketch(t, "100 4 4o8 4 4i 4 end"), epochStart); err != nil {
				t.Fatal(err)
			}
			if s.Silent(epochStart.Add(time.Hour), true) {
				t.Error("an asset that has ended is silent")
			}
			s = openStream(t, m)
			if _, err := s.Accept(t.Context(), "v1", "", sketch(t, c.v1), epochStart); err != nil {
				t.Fatal(err)
			}
			moved, err := s.Move(t.Context(), "v1", epochStart, true)
			if err != nil || moved != c.moved {
				t.Fatalf("moved %v, %v; want %v", moved, err, c.moved)
			}
			if got := ledger(s); got != "0.101-103 announced" {
				t.Errorf("ledger %q", got)
			}
			if r := s.Newest(origin.Reference); c.moved && (r == nil || r.Head() != 100 || r.Next() != 105 || !r.Ended) {
				t.Errorf("timeline %+v", r)
			}
		})
	}
}

// TestMoveAfterRestart: a restart of the origin that the rendition which fed the
// timeline did not live to see begins the epoch with the rendition that shows it.
func TestMoveAfterRestart(t *testing.T) {
	m := newMemory()
	s := openStream(t, m)
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	at := func(seconds int) time.Time { return epochStart.Add(time.Duration(seconds) * time.Second) }
	for _, x := range []struct {
		name, text string
		seconds    int
		wantErr    error
	}{
		{"v0", "100@0 4 4 4 4", 0, nil},
		{"v1", "500@0 4 4 4 4", 0, nil},
		{"v1", "0@16 4", 5, ErrUnsettled},
		{"v1", "0@16 4 4o8", 9, ErrUnsettled},
	} {
		if _, err := s.Accept(t.Context(), x.name, "", sketch(t, x.text), at(x.seconds)); !errors.Is(err, x.wantErr) {
			t.Fatalf("%s %s: %v, want %v", x.name, x.text, err, x.wantErr)
		}
	}
	if moved, err := s.Move(t.Context(), "v1", at(9), true); err != nil || !moved {
		t.Fatalf("moved %v, %v", moved, err)
	}
	v, err := s.Accept(t.Context(), "v1", "", sketch(t, "0@16 4 4o8"), at(9))
	if err != nil || v.Epoch.Index != 1 || v.First != 0 {
		t.Fatalf("epoch of v1: %+v, %v", v, err)
	}
	if r := s.Newest(origin.Reference); r.Epoch.Index != 1 || r.Head() != 0 || r.Next() != 2 {
		t.Errorf("timeline %+v", r)
	}
	if v, err = s.Accept(t.Context(), "v0", "", sketch(t, "1@20 4o8 4"), at(13)); err != nil || v.Epoch.Index != 1 {
		t.Errorf("epoch of v0 when it is back: %+v, %v", v, err)
	}
	for _, s := range []*Stream{s, openStream(t, m)} {
		if got := ledger(s); got != "1.1-?" {
			t.Errorf("ledger %q", got)
		}
		for _, c := range []struct {
			cut  cut.Name
			want int64
			ok   bool
		}{
			{cut.Name{Rendition: "v0", Sequence: 104, Back: true}, 104, true},
			{cut.Name{Rendition: "v0", Epoch: 1, Sequence: 1}, 0, false},
			{cut.Name{Rendition: "v1", Epoch: 1, Sequence: 1}, 1, true},
		} {
			if x, ok := s.Known(c.cut); x != c.want || ok != c.ok {
				t.Errorf("%+v is %d, %v; want %d, %v", c.cut, x, ok, c.want, c.ok)
			}
		}
	}
}

// TestMoveWhileCutting asks whether a rendition goes on with the timeline while cuts are
// recorded: requests do both at once, which the race detector checks.
func TestMoveWhileCutting(t *testing.T) {
	s := openStream(t, newMemory())
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	// The numbers of v1's discontinuities say that it does not go on.
	showSteps(t, s, []step{{"v0", "100@0 4 4 4 4", 0, nil}, {"v1", "100@0 4d 4 4 4 4", 0, nil}})
	v := s.Newest("v1")
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		for range 500 {
			if moved, err := s.Move(t.Context(), "v1", afterStart(60), true); moved || err != nil {
				t.Errorf("v1 goes on: %v, %v", moved, err)
				return
			}
		}
	})
	for i := range int64(500) {
		c := Cut{Sequence: 200 + i, Time: epochStart.UnixMicro() + 8*second, Before: origin.Unknown, After: origin.Unknown}
		if _, ok, err := s.Cut(t.Context(), "v1", v, c); !ok || err != nil {
			t.Fatalf("cut %d: %v, %v", i, ok, err)
		}
	}
}
