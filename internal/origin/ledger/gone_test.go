package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
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
