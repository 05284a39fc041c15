package mpds

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/egress"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin/manifests"
)

// counting is an origin whose MPD grows with each fetch.
type counting struct{ fetches atomic.Int64 }

func (c *counting) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	body := fmt.Sprintf(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minimumUpdatePeriod="PT2S">
<Period id="p" start="PT0S"><AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="1" media="$Time$.m4s"><SegmentTimeline><S t="0" d="2" r="%d"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1"/></AdaptationSet></Period>
</MPD>`, c.fetches.Add(1))
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}, err
}

// TestOneParse: a refresh of the origin is fetched, checked and compiled once, whatever
// the number of viewers.
func TestOneParse(t *testing.T) {
	var fetcher counting
	var checks atomic.Int64
	was := format
	counted := *format
	counted.Check = func(body []byte, base *url.URL) error {
		checks.Add(1)
		return was.Check(body, base)
	}
	format = &counted
	defer func() { format = was }()
	var now atomic.Int64
	m, err := manifests.New(manifests.Options{
		Fetcher: &fetcher, MaxBytes: 1 << 20, Timeout: time.Minute, Entries: 10, Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
		Now: func() time.Time { return time.Unix(1_800_000_000+now.Load(), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	const refreshes, viewers = 5, 200
	var compiled sync.Map
	for range refreshes {
		now.Add(10)
		var wg sync.WaitGroup
		for range viewers {
			wg.Go(func() {
				x, err := Template(t.Context(), m, "https://origin.example/a.mpd", dash.Options{}, nil, false)
				if err != nil {
					t.Error(err)
					return
				}
				compiled.Store(x, true)
			})
		}
		wg.Wait()
	}
	n := 0
	compiled.Range(func(any, any) bool { n++; return true })
	if fetcher.fetches.Load() != refreshes || checks.Load() != refreshes || n != refreshes {
		t.Errorf("%d fetches, %d checks and %d compilations for %d refreshes", fetcher.fetches.Load(), checks.Load(), n, refreshes)
	}
}
