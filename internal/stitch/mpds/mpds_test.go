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
	"stitcher/internal/manifest/dash/presentation"
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

// TestOneParse: a refresh of the origin is fetched and compiled once, whatever the number of
// viewers: they are given what the check of the body has compiled. It is so for the options
// of each configuration.
func TestOneParse(t *testing.T) {
	for name, c := range map[string]struct {
		o presentation.Options
		// again is how often a body is compiled twice: options are not known before the
		// first viewers ask.
		again int
	}{
		"plain":          {},
		"single Period":  {presentation.Options{SinglePeriod: true}, 1},
		"another prefix": {presentation.Options{ContentFrom: "https://origin.example/", ContentTo: "https://cdn.example/"}, 1},
	} {
		t.Run(name, func(t *testing.T) { oneParse(t, c.o, c.again) })
	}
}

func oneParse(t *testing.T, o presentation.Options, most int) {
	var fetcher counting
	var checked sync.Map
	was := format
	counted := *format
	counted.Check = func(body []byte, base *url.URL, before manifests.Compilation) (manifests.Compilation, error) {
		c, err := was.Check(body, base, before)
		checked.Store(c.Value, true)
		return c, err
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
				x, err := Template(t.Context(), m, "https://origin.example/a.mpd", o, nil, false)
				if err != nil {
					t.Error(err)
					return
				}
				compiled.Store(x, true)
			})
		}
		wg.Wait()
	}
	count := func(m *sync.Map) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	if fetcher.fetches.Load() != refreshes || count(&checked) != refreshes || count(&compiled) != refreshes {
		t.Errorf("%d fetches, %d checks and %d compilations for %d refreshes", fetcher.fetches.Load(), count(&checked), count(&compiled), refreshes)
	}
	again := 0
	compiled.Range(func(x, _ any) bool {
		if _, ok := checked.Load(x); !ok {
			again++
		}
		return true
	})
	if again > most {
		t.Errorf("%d of %d refreshes were compiled again", again, refreshes)
	}
}
