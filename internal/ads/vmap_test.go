package ads

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stitcher/internal/avail"
)

// adBreak is a break of a VMAP document with ads in place.
func adBreak(id, offset, attributes string, ads ...string) string {
	return fmt.Sprintf(`<vmap:AdBreak timeOffset="%s" breakType="linear" breakId="%s" %s><vmap:AdSource><vmap:VASTAdData>%s</vmap:VASTAdData></vmap:AdSource>`+
		`<vmap:TrackingEvents><vmap:Tracking event="breakStart">http://b/%[2]s/start</vmap:Tracking>`+
		`<vmap:Tracking event="breakEnd">http://b/%[2]s/end</vmap:Tracking><vmap:Tracking event="error">http://b/%[2]s/error</vmap:Tracking></vmap:TrackingEvents></vmap:AdBreak>`,
		offset, id, attributes, document(ads...))
}

func vmap(breaks ...string) string {
	return `<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0">` + strings.Join(breaks, "") + `</vmap:VMAP>`
}

// plan is a decision on a whole asset: the ads before it, then "time: ads" in
// seconds.
func plan(d avail.Decision) string {
	out := summary(d)
	for _, b := range d.Breaks {
		out += fmt.Sprintf(" | %d %s: %s", b.At/1_000_000, b.ID, summary(b.Decision))
	}
	return out
}

// TestAsset is what an asset of 100 s without markers gets: what a VAST document
// has before it, what a VMAP document has where it says (reference §3.3).
func TestAsset(t *testing.T) {
	ten, fifteen := ad("", "a10", "10"), ad("", "a15", "15")
	for name, c := range map[string]struct{ body, want string }{
		"VAST":           {document(ten, fifteen), "a10 a15 ="},
		"VAST not ready": {document(ad("", "new", "10")), "-new:creative_new =creative_new"},
		"empty":          {document(), "=ads_empty"},
		"not VAST":       {"<html/>", "=vast_invalid"},
		"three breaks":   {vmap(adBreak("pre", "start", "", ten), adBreak("mid", "00:00:25", "", fifteen), adBreak("post", "end", "", ten)), "a10 = | 25 mid: a15 = | 100 post: a10 ="},
		"out of order":   {vmap(adBreak("b", "50%", "", ten), adBreak("a", "10%", "", fifteen)), "=ads_empty | 10 a: a15 = | 50 b: a10 ="},
		"repeated":       {vmap(adBreak("r", "00:00:30", `repeatAfter="00:00:30"`, ten)), "=ads_empty | 30 r: a10 = | 60 r: a10 = | 90 r: a10 ="},
		"one is broken":  {vmap(adBreak("x", "00:00:10", "", "<Ad><InLine>"), adBreak("y", "00:00:20", "", ten)), "=ads_empty | 10 x: =vast_invalid | 20 y: a10 ="},
		"no linear one":  {vmap(strings.Replace(adBreak("x", "start", "", ten), `"linear"`, `"nonlinear"`, 1)), "=ads_empty"},
		"long pods":      {vmap(adBreak("m", "00:00:10", "", ad("", "a40", "40"), ad("", "a30", "30"), fifteen)), "=ads_empty | 10 m: a40 a30 a15 ="},
	} {
		t.Run(name, func(t *testing.T) {
			d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.Contains(r.URL.RawQuery, "d=") && r.URL.Query().Get("d") != "" {
					t.Errorf("a duration is told: %s", r.URL)
				}
				return answer(200, c.body), nil
			}), &shelf{durations: map[string]int64{"a10": 10_000_000, "a15": 15_000_000, "a30": 30_000_000, "a40": 40_000_000}}, nil)
			r := request()
			r.Kind, r.Available, r.Settings.AdDecisionServerURL = KindAsset, 0, "http://ads.example/?d=[session.avail_duration_secs]"
			r.Avail = avail.Avail{Static: true, Unmarked: true, Length: 100_000_000}
			if got := plan(d.Decide(t.Context(), r)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestBreakEvents: the beginning and the end of a VMAP break are told with its
// first and its last ad, in a live avail too.
func TestBreakEvents(t *testing.T) {
	b := &beacons{}
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, vmap(adBreak("one", "start", "", ad("", "a10", "10"), ad("", "b10", "10")), adBreak("two", "00:01:00", ""))), nil
	}), &shelf{durations: map[string]int64{"a10": 10_000_000, "b10": 10_000_000}}, b)
	got := d.Decide(t.Context(), request())
	if summary(got) != "a10 b10 =pod_short" {
		t.Fatal(summary(got))
	}
	first, last := got.Items[0].Ad.Tracking, got.Items[1].Ad.Tracking
	if fmt.Sprint(first["breakStart"], first["breakEnd"], last["breakStart"], last["breakEnd"]) != "[http://b/one/start] [] [] [http://b/one/end]" {
		t.Errorf("first %v, last %v", first, last)
	}
	if len(b.got) != 1 || !strings.HasSuffix(b.got[0], "http://b/two/error") {
		t.Errorf("error beacons %v", b.got)
	}
}
