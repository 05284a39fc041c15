package ads

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/egress"
	"stitcher/internal/vast"
)

// instant is a Fetcher whose answer is there at once.
type instant []byte

func (i instant) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: i}, err
}

// BenchmarkDecide decides on an avail with three ads whose creatives are ready:
// "beyond-ns/op" is what it takes beyond reading the document.
func BenchmarkDecide(b *testing.B) {
	body := []byte(document(ad("", "a10", "10"), ad("", "b10", "10"), ad("", "c10", "10")))
	d := New(Options{
		Fetcher: instant(body), Now: clock,
		Renditions: &shelf{durations: map[string]int64{"a10": 10_000_000, "b10": 10_000_000, "c10": 10_000_000}},
	})
	r := request()
	r.Settings.AdDecisionServerURL = "http://ads.example/vast?d=[session.avail_duration_secs]&s=[session.id]&r=[avail.random]&e=[scte.event_id]"
	var own, parse time.Duration
	b.ReportAllocs()
	for b.Loop() {
		begin := time.Now()
		request := r
		request.Trace = &adserver.Trace{}
		if got := d.Decide(b.Context(), request); len(got.Items) != 3 {
			b.Fatal(summary(got))
		}
		middle := time.Now()
		if _, err := vast.ParseResponse(body, ""); err != nil {
			b.Fatal(err)
		}
		own += middle.Sub(begin)
		parse += time.Since(middle)
	}
	b.ReportMetric(float64((own-parse).Nanoseconds())/float64(b.N), "beyond-ns/op")
}
