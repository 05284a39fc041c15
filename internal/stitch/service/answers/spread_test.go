package answers

import (
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/origin/ledger/entries"
)

// TestSpread: an answer that took so long that the player may ask another node at once is
// held until that node has read what this one has published.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		shared bool
		took   time.Duration
		want   time.Duration
	}{
		{true, 10 * time.Millisecond, 0},
		{true, 400 * time.Millisecond, 0},
		{true, 401 * time.Millisecond, entries.FollowEvery},
		{true, 2 * time.Second, entries.FollowEvery},
		{false, 2 * time.Second, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := &Planner{Shared: c.shared, Now: time.Now}
			begun := time.Now()
			time.Sleep(c.took)
			if err := a.spread(t.Context(), begun); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(begun) - c.took; got != c.want {
				t.Errorf("shared %v, an answer after %v is held for %v, want %v", c.shared, c.took, got, c.want)
			}
		})
	}
}
