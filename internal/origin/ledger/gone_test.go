package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/tail"
	"stitcher/internal/store"
)

// wishes is a store that notes which creations must not be done later.
type wishes struct {
	store.Facts
	unheld []bool
}

func (w *wishes) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	w.unheld = append(w.unheld, store.IsUnheld(ctx))
	return w.Facts.Create(ctx, owner, ttl, facts...)
}

// TestGoneCut: a cut that has left the window is found by each node otherwise. It is not
// written later than now, unless it is assumed, and not at all while other nodes may hold
// theirs. One in the window may be.
func TestGoneCut(t *testing.T) {
	const seconds = int64(1e6)
	at := epochStart.UnixMicro()
	gone, there := Cut{Sequence: 102, Time: at + 8*seconds, After: origin.Unknown}, Cut{Sequence: 104, Time: at + 16*seconds, After: origin.Unknown}
	for _, c := range []struct {
		name    string
		cut     Cut
		change  func(*Cut)
		failure error
		unheld  bool
	}{
		{"gone", gone, func(*Cut) {}, nil, true},
		{"gone, assumed", gone, func(c *Cut) { c.Assume = true }, nil, false},
		{"gone, unsettled", gone, func(c *Cut) { c.Unsettled = true }, store.ErrUnavailable, false},
		{"in the window", there, func(*Cut) {}, nil, false},
		{"in the window, unsettled", there, func(c *Cut) { c.Unsettled = true }, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &wishes{Facts: newMemory()}
			s, err := Open(t.Context(), w, "channel", Options{Maximum: 60 * second})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "100@0 4 4 4 4 4 4"), epochStart); err != nil {
				t.Fatal(err)
			}
			v, err := s.Accept(t.Context(), "a", "", sketch(t, "53@12 4 4 4"), epochStart)
			if err != nil {
				t.Fatal(err)
			}
			c.change(&c.cut)
			w.unheld = nil
			if _, _, err := s.Cut(t.Context(), "a", v, c.cut); !errors.Is(err, c.failure) {
				t.Fatal(err)
			}
			if c.failure != nil {
				if len(w.unheld) > 0 {
					t.Error("it is written")
				}
				return
			}
			if len(w.unheld) != 1 || w.unheld[0] != c.unheld {
				t.Errorf("creations that must not be done later: %v, want %v", w.unheld, c.unheld)
			}
		})
	}
}

// TestGoneCutAfterDiscontinuity: each discontinuity before a pod that left a rendition's
// window unlisted needs a number to have left with, between what was listed last and the pod.
func TestGoneCutAfterDiscontinuity(t *testing.T) {
	for _, c := range []struct {
		name   string
		gap    *tail.Gap // what was listed last
		before int64
		back   bool
		want   int64
	}{
		{"nothing was listed", nil, 2, false, 102},
		{"there is room", &tail.Gap{Sequence: 99, Number: 1}, 2, false, 102},
		{"there was none", &tail.Gap{Sequence: 101, Number: 2}, 2, false, 102},
		{"it needs the last segment that left", &tail.Gap{Sequence: 101, Number: 1}, 2, false, 103},
		{"it needs more than left", &tail.Gap{Sequence: 101, Number: 0}, 2, false, 103},
		{"what is before is not known", &tail.Gap{Sequence: 101, Number: 0}, origin.Unknown, false, 102},
		{"a return", &tail.Gap{Sequence: 101, Number: 1}, 2, true, 102},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			s.tails["t0"] = tail.Tail{Sequence: 110, Number: 2, Gap: c.gap}
			v := &origin.View{Timeline: &manifest.Timeline{Sequence: 103, Segments: []manifest.Segment{{Number: 2}}}}
			cut := Cut{Sequence: 700, Before: c.before, After: 2, Back: c.back}
			if got := s.gone(CutName{"t0", 0, 700, c.back}, v, cut); got != c.want {
				t.Errorf("the cut is %d, want %d", got, c.want)
			}
		})
	}
}

// TestGap: a rendition's tail says what was listed last before segments went by unlisted.
func TestGap(t *testing.T) {
	s := openStream(t, newMemory())
	for _, c := range []struct {
		text string
		want int64 // 0 is no gap
	}{
		{"50@0 4 4d 4", 0}, {"52@8 4 4", 0}, {"60@40 4 4", 53}, {"61@44 4 4", 53}, {"63@52 4 4", 53}, {"70@80 4", 64},
	} {
		if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, c.text), epochStart); err != nil {
			t.Fatal(err)
		}
		var got int64
		if g := s.tails[origin.Reference].Gap; g != nil {
			got = g.Sequence
		}
		if got != c.want {
			t.Errorf("after %q the last one before a gap is %d, want %d", c.text, got, c.want)
		}
	}
}
