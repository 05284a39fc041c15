package ads

import (
	"encoding/json"
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

// TestOffersSize: how long offers are as JSON is known before they are encoded. A
// wrapper of 900 KB is told with each of the hundred ads behind it.
func TestOffersSize(t *testing.T) {
	chain := strings.Replace(wrapper("w", "http://ads.example/inner"), "<Wrapper>", `<Wrapper allowMultipleAds="true">`+
		strings.Repeat("<Impression>http://t.example/</Impression>", 22_000), 1)
	for name, tc := range map[string]struct {
		body        string
		ads         int
		least, most int
	}{
		"small": {document(ad("", "a10", "10")), 1, 300, 2_000},
		"chain": {document(chain), 100, 100 << 20, 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/inner" {
					return answer(200, document(strings.Repeat(ad("", "a10", "10"), 100))), nil
				}
				return answer(200, tc.body), nil
			}), &shelf{}, nil)
			offers, reason := d.Retrieve(t.Context(), request())
			if reason != "" || len(offers.Groups) != 1 || len(offers.Groups[0].Ads) != tc.ads {
				t.Fatalf("%s, %d groups", reason, len(offers.Groups))
			}
			n := offers.Size()
			if n < tc.least || n > tc.most {
				t.Errorf("%d bytes, want %d to %d", n, tc.least, tc.most)
			}
			if tc.ads > 1 {
				return // that is what nobody wants to encode
			}
			if text, err := json.Marshal(offers); err != nil || n > len(text) {
				t.Errorf("%d bytes are more than %d: %v", n, len(text), err)
			}
		})
	}
}
