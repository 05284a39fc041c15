package matrix

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAdServer: whatever the ad server does, manifests come, in time, and what
// is not an ad is content.
func TestAdServer(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	after := func(d time.Duration, document string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(d):
				fmt.Fprint(w, document)
			case <-r.Context().Done():
			}
		}
	}
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		ads    float64
	}{
		{"hangs", hang, 0},
		{"answers after 200 ms", after(200*ms, vast(4, 5)), 20},
		{"answers after 800 ms", after(800*ms, vast(4, 5)), 20},
		// A late start: the segments that were shown are content.
		{"answers after 2.5 s", after(2500*ms, vast(4, 5)), 15},
		{"answers after the request's time", after(4*sec, vast(4, 5)), 0},
		{"empty document", text(`<VAST version="4.0"/>`), 0},
		{"empty answer", text(""), 0},
		{"HTML", text("<html><body>error</body></html>"), 0},
		{"not XML", text("\x00\x01\x02"), 0},
		{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, 0},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 0},
		{"never ends", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(endless{}, 32<<20))
		}, 0},
		{"one short ad", text(vast(1, 5)), 5},
		{"ads that are too long", text(vast(3, 30)), 0},
		{"wrapper to itself", text(`<VAST version="4.0"><Ad id="w"><Wrapper><AdSystem>m</AdSystem><VASTAdTagURI><![CDATA[http://ads.example/vast]]></VASTAdTagURI><Impression>http://x.example/</Impression></Wrapper></Ad></VAST>`), 0},
		{"unknown creatives", text(strings.ReplaceAll(vast(2, 5), "media.example/ad-", "media.example/lost-")), 0},
	} {
		for _, first := range []bool{false, true} {
			name := c.name
			if first {
				name += ", first request in the avail"
			}
			t.Run(name, func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					w.configure(originURL + "/live")
					w.ads.answer = c.answer
					w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8"), audio("a0.m3u8")).serve("origin.example")
					ads := c.ads
					if first {
						w.until(26 * sec)
						if strings.HasPrefix(c.name, "answers after 2.5") {
							ads = 0 // nobody can be kept waiting so long
						}
					}
					p := w.join("master.m3u8").follow(80 * sec)
					p.wantAds(ads)
					if n := w.ads.total(); n > 1 && !strings.HasPrefix(c.name, "wrapper") {
						t.Errorf("%d ad requests, want 1", n)
					}
				})
			})
		}
	}
}
