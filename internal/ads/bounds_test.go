package ads

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast"
	"stitcher/internal/vast/vmap"
)

// wholeAsset is the request of an asset of 100 s without markers.
func wholeAsset() Request {
	r := request()
	r.Kind, r.Available = KindAsset, 0
	r.Avail = avail.Avail{Static: true, Unmarked: true, Length: 100_000_000}
	return r
}

// offered is how many ads a decision knows of.
func offered(d *avail.Decision) int {
	n := len(d.Items) + len(d.Skips)
	for i := range d.Breaks {
		n += offered(&d.Breaks[i].Decision)
	}
	return n
}

// TestManyBreaks: a VMAP document of a hundred breaks is one answer. What is
// bounded for an answer is not bounded for each of them.
func TestManyBreaks(t *testing.T) {
	many := strings.Repeat("<Ad><InLine/></Ad>", vast.MaxAds)
	var inPlace, elsewhere []string
	for i := range vmap.MaxBreaks {
		inPlace = append(inPlace, adBreak("b", fmt.Sprintf("00:00:%02d", i%60), "", many))
		elsewhere = append(elsewhere, fmt.Sprintf(`<vmap:AdBreak timeOffset="%d%%"><vmap:AdSource><vmap:AdTagURI>http://ads.example/pod/%[1]d</vmap:AdTagURI></vmap:AdSource></vmap:AdBreak>`, i))
	}
	pod := ""
	for i := range 49 {
		pod += wrapper("w", fmt.Sprintf("http://ads.example/ad/%d", i))
	}
	for name, tc := range map[string]struct {
		body      string
		request   Request
		most, ask int
	}{
		"ads in an avail":  {vmapOf(inPlace...), request(), vast.MaxAds, 1},
		"ads in an asset":  {vmapOf(inPlace...), wholeAsset(), maxOffered, 1},
		"requests, avail":  {vmapOf(elsewhere...), request(), vast.MaxAds, 1 + 2*vmap.MaxBreaks},
		"requests, asset":  {vmapOf(elsewhere...), wholeAsset(), maxOffered, 1 + 2*vmap.MaxBreaks},
		"repeated for all": {vmapOf(adBreak("r", "start", `repeatAfter="00:00:01"`, many)), wholeAsset(), maxOffered, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				asked.Add(1)
				switch {
				case strings.HasPrefix(r.URL.Path, "/pod/"):
					return answer(200, document(pod)), nil
				case strings.HasPrefix(r.URL.Path, "/ad/"):
					return answer(200, document(ad("", "a10", "10"))), nil
				}
				return answer(200, tc.body), nil
			}), &shelf{}, nil)
			got := d.Decide(t.Context(), tc.request)
			if n := offered(&got); n == 0 || n > tc.most {
				t.Errorf("%d ads, want at most %d", n, tc.most)
			}
			if n := int(asked.Load()); n > tc.ask {
				t.Errorf("%d requests, want at most %d", n, tc.ask)
			}
			if !slices.IsSortedFunc(got.Breaks, func(a, b avail.Break) int { return int(a.At - b.At) }) {
				t.Error("the breaks are out of order")
			}
		})
	}
}

// TestHeavyAds: a megabyte of tracking URLs is kept once at most, and an ad with
// more than there is room for is not shown: without its beacons nobody would know.
func TestHeavyAds(t *testing.T) {
	heavy := func(name string, size int) string {
		urls := strings.Repeat("<Impression>http://t.example/"+strings.Repeat("x", 971)+"</Impression>", size/1000)
		return strings.Replace(ad("", name, "10"), "<Impression>", urls+"<Impression>", 1)
	}
	chain := strings.Replace(wrapper("w", "http://ads.example/inner"), "<Wrapper>", `<Wrapper allowMultipleAds="true">`+
		strings.Repeat("<Impression>http://t.example/"+strings.Repeat("x", 971)+"</Impression>", 400), 1)
	asset := wholeAsset()
	asset.Settings.AdDecisionServerURL = request().Settings.AdDecisionServerURL
	for name, tc := range map[string]struct {
		body    string
		request Request
		want    string
	}{
		"one":            {document(heavy("a10", 800_000)), request(), "a10 =pod_short"},
		"its wrapper's":  {document(chain), request(), "a10 b10 -c10:vast_invalid =pod_short"},
		"many URLs":      {document(strings.Replace(ad("", "a10", "10"), "<Impression>", strings.Repeat("<Impression>http://t.example/</Impression>", 5_000)+"<Impression>", 1)), request(), "-a10:vast_invalid =vast_invalid"},
		"a repeated one": {vmapOf(adBreak("r", "00:00:01", `repeatAfter="00:00:01"`, heavy("a10", 800_000))), asset, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/inner" {
					return answer(200, document(ad("", "a10", "10"), ad("", "b10", "10"), ad("", "c10", "10"))), nil
				}
				return answer(200, tc.body), nil
			}), &shelf{durations: map[string]int64{"a10": 10_000_000, "b10": 10_000_000, "c10": 10_000_000}}, nil)
			got := d.Decide(t.Context(), tc.request)
			if tc.want != "" && summary(got) != tc.want {
				t.Errorf("got %s, want %s", summary(got), tc.want)
			}
			text, err := json.Marshal(got)
			if err != nil || len(text) > maxWeight+1<<20 || tc.want == "" && len(got.Breaks) == 0 {
				t.Errorf("%d bytes, %d breaks, %v", len(text), len(got.Breaks), err)
			}
		})
	}
}

// TestLongNames: what an ad server calls an ad that is not shown is kept as far as
// anyone reads it.
func TestLongNames(t *testing.T) {
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, strings.Replace(document(ad("", "new", "10")), `id="new"`, `id="`+strings.Repeat("ü", 400_000)+`"`, 1)), nil
	}), &shelf{}, nil)
	got := d.Decide(t.Context(), request())
	if len(got.Skips) != 1 || got.Skips[0].AdID != strings.Repeat("ü", 128) {
		t.Errorf("skips %.200v", got.Skips)
	}
}

// TestManyErrorURLs: an ad that is not shown causes a few calls, however many Error
// URLs the chain has that led to it.
func TestManyErrorURLs(t *testing.T) {
	chain := strings.Replace(wrapper("w", "http://ads.example/inner"), "<Wrapper>",
		`<Wrapper allowMultipleAds="true">`+strings.Repeat("<Error>http://e/many</Error>", 20_000), 1)
	b := &beacons{}
	d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/inner" {
			return answer(200, document(strings.Repeat(ad("", "new", "10"), vast.MaxAds))), nil
		}
		return answer(200, document(chain)), nil
	}), &shelf{}, b)
	d.Decide(t.Context(), request())
	calls := 0
	for _, report := range b.got {
		calls += strings.Count(report, "http://")
	}
	if len(b.got) != vast.MaxAds || calls != vast.MaxAds*maxErrorURLs {
		t.Errorf("%d calls in %d reports", calls, len(b.got))
	}
}
