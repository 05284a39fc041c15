package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/store"
)

// TestIdleIsFreed: 100 viewers of a long playlist, each with a query of their own, share
// its compilation and one layout. Those who play keep what they need; what nobody comes
// back for leaves memory: compilations, the streams' playlists, streams.
func TestIdleIsFreed(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.maxSessions = 1000
		w.reopen()
		w.configure(originURL + "/live")
		v := lay("v0.m3u8", "video", 2*time.Hour, 4*sec)
		v.window = 900
		w.newChannel(v).serve("origin.example")
		playing := w.join("master.m3u8")
		playing.poll()
		size := w.gather("stitcher_origin_cache_bytes", "")
		const viewers = 100
		for i := range viewers {
			a := w.get(fmt.Sprintf("%s?token=%d", playing.master, i))
			_, child, _ := strings.Cut(a.Body.String(), "manifest/")
			child, _, _ = strings.Cut(child, "\n")
			if a := w.get("/v1/manifest/" + child); a.Code != http.StatusOK {
				t.Fatalf("viewer %d: %d %s", i, a.Code, a.Body)
			}
		}
		if n := w.gather("stitcher_origin_cache_bytes", ""); n > 2*size {
			t.Errorf("%.0f bytes of manifests are kept for all viewers, %.0f for one", n, size)
		}
		if n := w.stored("layout/"); n != 1 {
			t.Errorf("%d layouts of one asset are stored", n)
		}
		follow := func(d time.Duration) {
			for end := w.now() + d; w.now() < end && !t.Failed(); w.until(w.now() + 4*sec) {
				playing.poll()
			}
		}
		follow(11 * time.Minute)
		if n, of := w.gather("stitcher_stream_playlists", ""), w.gather("stitcher_streams", ""); n > 2 || of != viewers+1 {
			t.Errorf("after 11 minutes %d of %d streams' playlists are kept", int(n), int(of))
		}
		if n := w.gather("stitcher_origin_cache_bytes", ""); n > 2*size {
			t.Errorf("after 11 minutes %.0f bytes of manifests are kept, %.0f are in use", n, size)
		}
		follow(65 * time.Minute)
		if n, p := w.gather("stitcher_streams", ""), w.gather("stitcher_stream_playlists", ""); n != 1 || p > 2 {
			t.Errorf("after the sessions have ended %d streams with %d playlists are kept", int(n), int(p))
		}
	})
}

// stored counts the owners in the store that begin with a prefix.
func (w *world) stored(prefix string) int {
	w.t.Helper()
	n := 0
	err := w.store.EachOwner(w.t.Context(), func(o store.Owner) error {
		if strings.HasPrefix(o.Name, prefix) {
			n++
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
