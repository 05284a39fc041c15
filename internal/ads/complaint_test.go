package ads

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/ads/adserver"
)

// TestComplaintsAreFew: an ad server that says something else each time fills no
// log, with what the ad request told it neither.
func TestComplaintsAreFew(t *testing.T) {
	var log bytes.Buffer
	n := 0
	fetcher := roundTrip(func(r *http.Request) (*http.Response, error) {
		n++
		if n%2 == 0 {
			return answer(500+n, ""), nil
		}
		return answer(200, fmt.Sprintf("<x%d/c=%s%s", n, tcf, strings.Repeat("x", 500_000))), nil
	})
	now := time.Unix(0, 0)
	d := New(Options{
		Fetcher: client{fetcher}, Renditions: &shelf{}, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	r := request()
	r.Session = viewer()
	for range 20 {
		d.Decide(t.Context(), r)
		now = now.Add(250 * time.Millisecond)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 10 || log.Len() > lines*2*adserver.MaxText {
		t.Errorf("%d lines, %d bytes", lines, log.Len())
	}
	if strings.Contains(log.String(), tcf) {
		t.Error("a consent string is in the log")
	}
}
