//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// TestKilledInMidAvail kills the program while a pod is on and starts it again:
// the session's playlists must go on as if nothing had happened, and no beacon
// may be lost. One that was under way at the kill may come twice.
func TestKilledInMidAvail(t *testing.T) {
	t.Parallel()
	p := startDemo(t)
	p.availIn(t, 4*time.Second, 40*time.Second)
	address := p.stream(t, "/live/ts/")
	v := watch(t, address)
	v.pollUntil(t, "some ads are listed", func() bool { return v.tail(true) >= 4 })
	before := v.listing().Sequence
	t.Logf("killed at   %s", v.describe())
	p.kill(t)
	p.start(t)
	// What a client can't know is how long the program was away: the update may
	// have been late, and nothing else.
	for _, r := range v.renditions {
		r.changed = time.Now()
	}
	v.pollUntil(t, "content is back", func() bool { return v.tail(false) > 4 })
	t.Logf("content at  %s", v.describe())
	if v.listing().Sequence <= before {
		t.Errorf("the window has not moved since %d", before)
	}
	v.report(t)
	awaitBeacons(t, p, v.session, podOf(t, address))
}
