package matrix

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check"
)

// TestSeenLate: where the only player has polled just before an avail's first
// segment came, its next request, half a target duration later, is the first to
// see the avail, and there is no time left to hold anything back: it waits for the
// decision and shows the ads. Answered with what it has already it would go
// without an update for more than 1.5 target durations (RFC 8216bis §6.2.1).
func TestSeenLate(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(100 * ms)
			fmt.Fprint(rw, vast(4, 5))
		}
		w.newChannel(video("v0.m3u8").avail(140*sec, 20*sec)).serve("origin.example")
		w.until(8 * sec)
		p := w.join("master.m3u8")
		changed, listed := w.now(), int64(0)
		for i := 0; w.now() < 75*sec; i++ {
			p.poll()
			if end := p.last[0].End(); end != listed {
				changed, listed = w.now(), end
			}
			for _, v := range check.Gap(int64(changed/time.Microsecond), int64(w.now()/time.Microsecond), p.last[0]) {
				t.Errorf("%v: %v", w.now(), v)
			}
			// The player comes just after a segment has, a target duration later
			// just before the next, and after half of one more.
			round := time.Duration(i/3+1) * 8 * sec
			w.until(round + []time.Duration{110 * ms, 4090 * ms, 6120 * ms}[i%3])
		}
		p.wantAds(20)
		if p.slowest > time.Second {
			t.Errorf("an answer took %v", p.slowest)
		}
	})
}
