package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestStoreIsBounded: sessions with as many parameters as are allowed fill the store up
// to its bound and no further. New viewers get content, those who were there keep their
// ads, and /readyz says it.
func TestStoreIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	w, p := newWorld(t), serve(t, "--store-max-bytes", fmt.Sprint(limit))
	w.answer("full", vast(inline("f", "video/mp4", w.base+"/creative.mp4", w.base+"/i")))
	if !p.configure(t, "full", w.members("", "full")) {
		t.Fatal("the configuration is refused")
	}
	var running, text string
	eventually(t, "the creative is prepared", func() bool {
		running, text = p.play(t, "full", "index.m3u8")
		return strings.Contains(text, "/segment/")
	})
	parameters := "index.m3u8?ads.x=" + strings.Repeat("x", 7000)
	unstored := func() float64 { return p.metric(t, "stitcher_sessions_unstored_total") }
	for i := 0; unstored() == 0; i++ {
		if i > 2*limit/7000 {
			t.Fatalf("%d sessions are stored, the store has %.0f bytes", i, p.metric(t, "stitcher_store_bytes"))
		}
		p.play(t, "full", parameters)
	}
	// Sums of reports that are folded make room for some.
	content := 0
	for i := range 200 {
		if _, text := p.play(t, "full", fmt.Sprintf("%s&n=%d", parameters, i)); strings.Contains(text, "content2.ts") {
			content++
		}
	}
	if n := unstored(); content < 100 || n < float64(content) {
		t.Errorf("%v sessions are not stored, %d viewers had content", n, content)
	}
	if size := p.metric(t, "stitcher_store_bytes"); size > limit+limit/4 {
		t.Errorf("the store has %.0f bytes, its bound is %d", size, limit)
	}
	if a := do(t, http.MethodGet, running, ""); a.body != text {
		t.Errorf("the session that was there: %d %.200q", a.status, a.body)
	}
	if a := do(t, http.MethodGet, "http://"+p.viewer+"/readyz", ""); a.status != http.StatusOK || !strings.Contains(a.body, "store_size") {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
}
