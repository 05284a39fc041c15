package ads

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// TestExpires: an ad whose answer says how long it may be kept is not shown
// after that, however long the schedule keeps it (VAST 4.3, Expires).
func TestExpires(t *testing.T) {
	limited := strings.Replace(ad("", "a10", "10"), "<AdTitle>", "<Expires>60</Expires><AdTitle>", 1)
	now := clock()
	b := &beacons{}
	d := New(Options{
		Fetcher: client{roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(200, document(limited, ad("", "b10", "10"))), nil
		})},
		Renditions: &shelf{durations: map[string]int64{"a10": 10_000_000, "b10": 10_000_000}},
		Now:        func() time.Time { return now }, Errors: b,
	})
	r := request()
	offers, reason := d.Retrieve(t.Context(), r)
	if reason != "" {
		t.Fatal(reason)
	}
	for _, tc := range []struct {
		after  time.Duration
		offers *Offers
		want   string
	}{
		{0, &offers, "a10 b10 =pod_short"},
		{60 * time.Second, &offers, "a10 b10 =pod_short"},
		{61 * time.Second, &offers, "b10 -a10:ads_late =pod_short"},
		{time.Hour, nil, "a10 b10 =pod_short"}, // it has just been asked for
	} {
		now = clock().Add(tc.after)
		r.Offers = tc.offers
		if got := summary(d.Decide(t.Context(), r)); got != tc.want {
			t.Errorf("after %s: %s, want %s", tc.after, got, tc.want)
		}
	}
	if got := strings.Join(b.got, ""); !strings.HasSuffix(got, " 900 http://e/a10") || len(b.got) != 1 {
		t.Errorf("error beacons %q, want one of %s", b.got, avail.AdsLate)
	}
}
