package matrix

import (
	"fmt"
	"net/http"
	"testing"
)

// TestAssetSlate: slate fills what ads leave of a replacement in an asset, to the
// segment that it ends in; an insertion is as long as its ads (reference §1.4,
// §3.7).
func TestAssetSlate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		out   string
		pair  bool
		ads   int
		extra []any
		want  float64
	}{
		{"replacement", "#EXT-X-CUE-OUT:20", false, 1, nil, 20},
		{"replacement without ads", "#EXT-X-CUE-OUT:20", false, 0, nil, 20},
		{"replacement that is full", "#EXT-X-CUE-OUT:20", false, 4, nil, 20},
		{"below the threshold", "#EXT-X-CUE-OUT:20", false, 1, []any{"PersonalizationThresholdSeconds", 10}, 0},
		{"bumpers", "#EXT-X-CUE-OUT:20", false, 1, []any{"Bumper", map[string]string{"StartUrl": "http://media.example/ad-7-2", "EndUrl": "http://media.example/ad-8-2"}}, 20},
		{"insertion", "#EXT-X-CUE-OUT:20", true, 1, nil, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", append(c.extra, "SlateAdUrl", "http://media.example/ad-9-7")...)
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, vast(c.ads, 5)) }
				v := lay("v0.m3u8", "video", 60*sec, 4*sec)
				v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
				in := 40 * sec
				if c.pair {
					in = 20 * sec
				}
				w.newChannel(v.tag(20*sec, c.out).tag(in, "#EXT-X-CUE-IN")).serve("origin.example")
				p := w.join("master.m3u8")
				p.poll()
				p.wantAds(c.want)
			})
		})
	}
}
