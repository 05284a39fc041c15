package stitch

import (
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestWindowTTL: a session is kept for ten windows, within bounds.
func TestWindowTTL(t *testing.T) {
	for _, c := range []struct{ window, longest, want time.Duration }{
		{time.Second, 0, time.Minute},
		{30 * time.Second, 0, 5 * time.Minute},
		{4 * time.Hour, 0, time.Hour},
		{4 * time.Hour, 10 * time.Minute, 10 * time.Minute},
	} {
		ref := &origin.View{Times: []int64{0, c.window.Microseconds()}}
		if got := windowTTL(ref, c.longest); got != c.want {
			t.Errorf("window %v, longest %v: %v, want %v", c.window, c.longest, got, c.want)
		}
	}
}
