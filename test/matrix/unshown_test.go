package matrix

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestUnshown: ads that were chosen and found no time are told so, once: those
// that a late start or an avail that ends too soon left out (VAST 4.3 §2.3.6.3,
// field failure B-16). One of which a part was shown is no error, and nothing is
// shortened where no length was announced.
func TestUnshown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cue  string
		// in is how long the avail lasts, slow how long the ad server takes.
		in, slow time.Duration
		query    string
		want     string
	}{
		{"as announced", "#EXT-X-CUE-OUT:20", 20 * sec, 0, "", "[]"},
		{"early", "#EXT-X-CUE-OUT:20", 8 * sec, 0, "", "[ad-3-5 206 ad-4-5 206]"},
		{"no length", "#EXT-X-CUE-OUT", 8 * sec, 0, "", "[]"},
		{"late", "#EXT-X-CUE-OUT:20", 20 * sec, 2500 * ms, "", "[ad-4-5 900]"},
		{
			"suppressed in part", "#EXT-X-CUE-OUT:20", 20 * sec, 0,
			"?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:28&aws.availSuppressionFillPolicy=PARTIAL_AVAIL", "[ad-4-5 202]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
					time.Sleep(c.slow)
					fmt.Fprint(rw, vast(4, 5))
				}
				v := video("v0.m3u8").tag(120*sec, c.cue).tag(120*sec+c.in, "#EXT-X-CUE-IN")
				w.newChannel(v, audio("a0.m3u8")).serve("origin.example")
				w.join("master.m3u8" + c.query).follow(60 * sec)
				w.beacons.mu.Lock()
				defer w.beacons.mu.Unlock()
				if got := fmt.Sprint(w.beacons.errors); got != c.want {
					t.Errorf("told %s, want %s", got, c.want)
				}
			})
		})
	}
}
