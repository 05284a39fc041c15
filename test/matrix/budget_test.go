package matrix

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// TestBudget: the avails of one manifest request share its time and its turns at
// the ad server (reference §1.4): one at a time in an asset, unless the
// configuration says otherwise, and none after the time is over.
func TestBudget(t *testing.T) {
	t.Parallel()
	timeouts := map[string]any{
		"AdsRequestTimeoutMilliseconds": 900, "LiveMaximumAdsPersonalizationTimeMilliseconds": 900,
		"VodMaximumAdsPersonalizationTimeMilliseconds": 900,
	}
	for name, c := range map[string]struct {
		concurrency any
		timeouts    any
		live        bool
		most        int64
		ads         float64
		took        time.Duration
	}{
		"one at a time":    {most: 1, ads: 30, took: 1200 * ms},
		"two of an asset":  {concurrency: map[string]any{"MaxConcurrentAdsRequests": 2, "EnableVodVastParallelization": true}, most: 2, ads: 30, took: 800 * ms},
		"not of an asset":  {concurrency: map[string]any{"MaxConcurrentAdsRequests": 2}, most: 1, ads: 30, took: 1200 * ms},
		"no more time":     {timeouts: timeouts, most: 1, ads: 20, took: 900 * ms},
		"live":             {live: true, most: 3, ads: 30, took: 400 * ms},
		"live, as allowed": {live: true, concurrency: map[string]any{"MaxConcurrentAdsRequests": 1}, most: 1, ads: 30, took: 1200 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				var extra []any
				if c.concurrency != nil {
					extra = append(extra, "AdsPersonalizationConcurrency", c.concurrency)
				}
				if c.timeouts != nil {
					extra = append(extra, "AdsPersonalizationTimeouts", c.timeouts)
				}
				w.configure(originURL+"/live", extra...)
				var now, most atomic.Int64
				w.ads.answer = func(a http.ResponseWriter, _ *http.Request) {
					most.Store(max(most.Load(), now.Add(1)))
					defer now.Add(-1)
					time.Sleep(400 * ms)
					fmt.Fprint(a, vast(1, 10))
				}
				v := lay("v0.m3u8", "video", 100*sec, 5*sec)
				for _, at := range []time.Duration{15 * sec, 45 * sec, 75 * sec} {
					v.tag(at, "#EXT-X-CUE-OUT:10").tag(at+10*sec, "#EXT-X-CUE-IN")
				}
				v.window, v.ends = 0, sec
				if v.header = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}; c.live {
					v.header, v.ends = nil, 0
				}
				w.newChannel(v).serve("origin.example")
				p := w.join("master.m3u8")
				begun := w.now()
				p.poll()
				took := w.now() - begun
				w.until(w.now() + sec) // for those that were given up
				if got := took.Round(100 * ms); got != c.took {
					t.Errorf("the first playlist took %s, want %s", got, c.took)
				}
				if got := p.seconds(0, true); got != c.ads {
					t.Errorf("%.1f s of ads, want %.1f", got, c.ads)
				}
				if got := most.Load(); got != c.most {
					t.Errorf("%d ad requests at once, want %d", got, c.most)
				}
			})
		})
	}
}
