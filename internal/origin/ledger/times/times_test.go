package times

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/align"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/tail"
)

// view is a view of segments of some seconds, without dates and not placed.
func view(head int64, seconds ...int64) *origin.View {
	t := &manifest.Timeline{Sequence: head}
	for _, n := range seconds {
		t.Segments = append(t.Segments, manifest.Segment{Duration: n * 1e6})
	}
	return &origin.View{Timeline: t, Target: 4e6, First: -1}
}

// TestPlace: a rendition without dates is placed by the numbers of the timeline, once the
// ledger has the difference, and stays so in another process.
func TestPlace(t *testing.T) {
	line := view(100, 4, 3, 4, 3)
	line.Times = []int64{50e6, 54e6, 57e6, 61e6, 64e6}
	broken := errors.New("the store is away")
	for _, c := range []struct {
		name  string
		view  *origin.View
		fails error
		want  []int64 // nil is that it is not placed
	}{
		{"the same numbers", view(100, 4, 3, 4, 3), nil, []int64{50e6, 54e6, 57e6, 61e6, 64e6}},
		{"numbers one apart", view(101, 4, 3, 4, 3), nil, []int64{50e6, 54e6, 57e6, 61e6, 64e6}},
		{"other lengths", view(100, 2, 2, 2, 2), nil, nil},
		{"the ledger cannot be written", view(100, 4, 3, 4, 3), broken, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stored []avail.Fact
			learn := func(u *Undated, f avail.Fact) {
				kind, key, _ := strings.Cut(f.Key, "/")
				if err := u.Learn(kind, key, f.Value); err != nil {
					t.Fatal(err)
				}
			}
			p := Placing{
				Undated: NewUndated(), Line: line, Target: 4e6, Feed: feed.Feed{Rendition: "v", Whole: true},
				Views: map[string]*origin.View{origin.Reference: line},
			}
			p.Create = func(f avail.Fact) (avail.Fact, error) {
				if c.fails == nil {
					stored = append(stored, f)
					learn(p.Undated, f)
				}
				return f, c.fails
			}
			place := func() {
				t.Helper()
				c.view.Placed = false
				p.Place(&Rendition{Name: "a", Tail: &tail.Tail{Sequence: -1}, Target: 4e6, Aligned: &align.Placement{}}, c.view, time.Unix(100, 0))
				if c.view.Placed != (c.want != nil) || c.want != nil && !slices.Equal(c.view.Times, c.want) {
					t.Errorf("placed %v at %v, want %v", c.view.Placed, c.view.Times, c.want)
				}
			}
			place()
			p.Undated = NewUndated()
			for _, f := range stored {
				learn(p.Undated, f)
			}
			n := len(stored)
			place()
			if c.want != nil && (n != 1 || len(stored) != n) {
				t.Errorf("%d entries are stored, then %d, want one", n, len(stored))
			}
		})
	}
}
