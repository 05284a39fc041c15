package attack

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestThousandSessions: what 1,000 sessions with ads cost in memory, with nothing set
// by the operator (issue 11).
func TestThousandSessions(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	w.answer("load", vast(inline("l", "video/mp4", w.base+"/creative.mp4", w.base+"/i")))
	p.configure(t, "load", w.members("", "load"))
	eventually(t, "the creative is prepared", func() bool {
		_, text := p.play(t, "load", "index.m3u8")
		return strings.Contains(text, "/segment/")
	})
	const sessions, players = 1000, 20
	var mu sync.Mutex
	withAds := 0
	var all sync.WaitGroup
	for range players {
		all.Go(func() {
			for range sessions / players {
				url, text := p.play(t, "load", "index.m3u8")
				again, err := try(t, http.MethodGet, url, "")
				mu.Lock()
				if strings.Contains(text, "/segment/") && err == nil && again.body == text {
					withAds++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if withAds < sessions*9/10 {
		t.Errorf("%d of %d sessions have ads and keep them", withAds, sessions)
	}
	resident := p.resident(t)
	t.Logf("%.0f MB are resident", resident/1e6)
	if resident > 150e6 {
		t.Errorf("%.0f MB are resident, 150 are the most", resident/1e6)
	}
}
