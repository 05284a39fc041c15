package attack

import (
	"fmt"
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

// TestQueriesShareTemplates: a query that is new in each request makes no copy of a
// long playlist (issue 13, 2).
func TestQueriesShareTemplates(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	var long strings.Builder
	long.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:2\n")
	for i := range 8_000 {
		fmt.Fprintf(&long, "#EXTINF:2,\ncontent%d.ts?segment=%070d\n", i%6, i)
	}
	long.WriteString("#EXT-X-ENDLIST\n")
	w.put("v.m3u8", long.String())
	if !p.configure(t, "dvr", w.members("", "none")) {
		t.Fatal("the configuration is refused")
	}
	play := func(i int) {
		if _, text := p.play(t, "dvr", fmt.Sprintf("index.m3u8?token=%d", i)); len(text) < long.Len() {
			t.Fatalf("query %d: %d bytes of a playlist of %d", i, len(text), long.Len())
		}
	}
	play(0)
	before, heap := p.resident(t), p.heap(t)
	for i := range 400 {
		play(i + 1)
	}
	after := p.resident(t)
	each := (p.heap(t) - heap) / 400
	t.Logf("%d KB of playlist: %.0f MB are resident after one query, %.0f MB after 400; a query keeps %.1f KB, the session included", long.Len()>>10, before/1e6, after/1e6, each/1e3)
	if after > before+300e6 {
		t.Errorf("400 queries take %.0f MB", (after-before)/1e6)
	}
	if each > 32e3 { // the times of the segments alone are 64 KB
		t.Errorf("a query keeps %.0f KB", each/1e3)
	}
}
