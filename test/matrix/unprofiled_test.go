package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// TestFirstViewer: whoever comes first to a content whose samples take long is not
// told that the ad server was late: it is asked meanwhile, an answer without ads
// needs no sample, and a live channel waits for none (a master of 19 variants made
// its first viewer wait for ten seconds and then said ads_timeout).
func TestFirstViewer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		live   bool
		answer string
		within time.Duration
		reason avail.Reason
	}{
		"title, ads":      {answer: vast(1, 10), within: 9 * sec, reason: avail.ContentUnknown},
		"title, no ads":   {answer: `<VAST version="3.0"/>`, within: sec, reason: avail.AdsEmpty},
		"channel, ads":    {live: true, answer: vast(1, 10), within: sec, reason: avail.ContentUnknown},
		"channel, no ads": {live: true, answer: `<VAST version="3.0"/>`, within: sec, reason: avail.AdsEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.probing = true
				w.reopen()
				w.configure(originURL + "/live")
				w.ads.answer = func(a http.ResponseWriter, _ *http.Request) { fmt.Fprint(a, c.answer) }
				var ladder []*rendition
				for i := range 19 {
					v := lay(fmt.Sprintf("v%d.m3u8", i), "video", 100*sec, 5*sec).avail(60*sec, 10*sec)
					v.window, v.ends, v.header = 0, sec, []string{"#EXT-X-PLAYLIST-TYPE:VOD"}
					if c.live {
						v.header, v.ends = nil, 0
					}
					ladder = append(ladder, v)
				}
				channel := w.newChannel(ladder...)
				channel.wrap = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
						if !strings.HasSuffix(r.URL.Path, ".m3u8") {
							select { // the samples
							case <-time.After(15 * sec):
							case <-r.Context().Done():
							}
						}
						next.ServeHTTP(a, r)
					})
				}
				channel.serve("origin.example")
				p := w.join("master.m3u8")
				begun := w.now()
				p.poll()
				if took := w.now() - begun; took > c.within {
					t.Errorf("the first playlists took %s", took)
				}
				w.until(w.now() + sec)
				x, err := w.service.Explain(t.Context(), w.store, p.id)
				if err != nil {
					t.Fatal(err)
				}
				if len(x.Avails) != 1 || x.Avails[0].Decision == nil || x.Avails[0].Decision.Reason != c.reason {
					t.Errorf("%d avails: %+v, want %s", len(x.Avails), x.Avails, c.reason)
				}
				if r := x.Avails[0].Record; r == nil || len(r.Request.Hops) != 1 {
					t.Errorf("the ad server was not asked: %+v", r)
				}
				if x.Content == nil || x.Content.Reason != avail.ContentUnknown || len(x.Content.Renditions) != 19 {
					t.Errorf("the content is %+v", x.Content)
				}
			})
		})
	}
}
