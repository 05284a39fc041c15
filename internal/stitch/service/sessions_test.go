package service

import (
	"fmt"
	"testing"
	"time"

	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
)

// TestGiveWay: a place is made only where there is none, and only by a session that is
// not in use.
func TestGiveWay(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name  string
		limit int
		idle  []time.Duration // of each session
		want  string
	}{
		{"there are places", 4, []time.Duration{time.Hour, time.Minute, 0}, ""},
		{"the least recently used", 3, []time.Duration{time.Minute, time.Hour, 0}, "1"},
		{"all are in use", 3, []time.Duration{0, 9 * time.Second, time.Second}, ""},
	} {
		m := newSessions(c.limit)
		for i, idle := range c.idle {
			x := &viewing{Subject: placing.Subject{Playback: &stitch.Playback{Session: &playback.Session{ID: fmt.Sprint(i)}}}}
			x.used.Store(now.Add(-idle).UnixMicro())
			m.put(x)
		}
		got := ""
		if x := m.giveWay(now); x != nil {
			got = x.ID
			if m.get(got) != nil || m.full() {
				t.Errorf("%s: the place is not free", c.name)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q gives way, want %q", c.name, got, c.want)
		}
	}
}
