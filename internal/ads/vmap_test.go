package ads

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/vast/macro"
)

// adBreak is a break of a VMAP document with ads in place.
func adBreak(id, offset, attributes string, ads ...string) string {
	return fmt.Sprintf(`<vmap:AdBreak timeOffset="%s" breakType="linear" breakId="%s" %s><vmap:AdSource><vmap:VASTAdData>%s</vmap:VASTAdData></vmap:AdSource>`+
		`<vmap:TrackingEvents><vmap:Tracking event="breakStart">http://b/%[2]s/start</vmap:Tracking>`+
		`<vmap:Tracking event="breakEnd">http://b/%[2]s/end</vmap:Tracking><vmap:Tracking event="error">http://b/%[2]s/error</vmap:Tracking></vmap:TrackingEvents></vmap:AdBreak>`,
		offset, id, attributes, document(ads...))
}

func vmapOf(breaks ...string) string {
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
		"three breaks":   {vmapOf(adBreak("pre", "start", "", ten), adBreak("mid", "00:00:25", "", fifteen), adBreak("post", "end", "", ten)), "a10 = | 25 mid: a15 = | 100 post: a10 ="},
		"out of order":   {vmapOf(adBreak("b", "50%", "", ten), adBreak("a", "10%", "", fifteen)), "=ads_empty | 10 a: a15 = | 50 b: a10 ="},
		"repeated":       {vmapOf(adBreak("r", "00:00:30", `repeatAfter="00:00:30"`, ten)), "=ads_empty | 30 r: a10 = | 60 r: a10 = | 90 r: a10 ="},
		"one is broken":  {vmapOf(adBreak("x", "00:00:10", "", "<Ad><InLine>"), adBreak("y", "00:00:20", "", ten)), "=ads_empty | 10 x: =vast_invalid | 20 y: a10 ="},
		"not ready":      {vmapOf(adBreak("a", "start", "", ad("", "new", "10")), adBreak("b", "00:00:10", "", ad("", "new", "10"))), "-new:creative_new =creative_new | 10 b: -new:creative_new =creative_new"},
		"two at once":    {vmapOf(adBreak("a", "start", "", ten), adBreak("b", "00:00:00", "")), "a10 ="},
		"the second":     {vmapOf(adBreak("a", "start", ""), adBreak("b", "00:00:00", "", ten), adBreak("c", "start", "", ad("", "new", "10"))), "a10 -new:creative_new ="},
		"no linear one":  {vmapOf(strings.Replace(adBreak("x", "start", "", ten), `"linear"`, `"nonlinear"`, 1)), "=not_linear"},
		"no break":       {vmapOf(), "=ads_empty"},
		"long pods":      {vmapOf(adBreak("m", "00:00:10", "", ad("", "a40", "40"), ad("", "a30", "30"), fifteen)), "=ads_empty | 10 m: a40 a30 a15 ="},
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

// TestBreakPosition: each request tells of the break that it is for, those that
// a VMAP document causes of their own (VAST 4.3 §6: 1 pre-roll, 2 mid-roll, 3
// post-roll). How long a pod of an asset without markers may be nobody knows.
func TestBreakPosition(t *testing.T) {
	tagged := func(id, offset string) string {
		return strings.Replace(adBreak(id, offset, ""), "<vmap:VASTAdData>"+document()+"</vmap:VASTAdData>",
			"<vmap:AdTagURI>http://ads.example/"+id+"?p=[BREAKPOSITION]&amp;d=[BREAKMAXDURATION]</vmap:AdTagURI>", 1)
	}
	wholeAsset := func(r *Request) {
		r.Kind, r.Available = KindAsset, 0
		r.Avail = avail.Avail{Static: true, Unmarked: true, Length: 100_000_000, Start: 1_700_000_000_000_000}
	}
	breaks := vmapOf(tagged("start", "start"), tagged("zero", "00:00:00"), tagged("mid", "00:00:25"), tagged("part", "50%"), tagged("full", "100%"), tagged("end", "end"))
	for name, tc := range map[string]struct {
		body string
		set  func(*Request)
		want string
	}{
		"an avail":         {body: document(), want: "/vast?p=2&d=30"},
		"a pre-roll":       {body: document(), set: func(r *Request) { r.PreRoll, r.Available = true, 20_000_000 }, want: "/vast?p=1&d=20"},
		"VMAP":             {body: breaks, set: wholeAsset, want: "/end?p=3&d=-1 /full?p=3&d=-1 /mid?p=2&d=-1 /part?p=2&d=-1 /start?p=1&d=-1 /vast?p=1&d=-1 /zero?p=1&d=-1"},
		"VMAP in an avail": {body: vmapOf(tagged("start", "start")), want: "/start?p=2&d=30 /vast?p=2&d=30"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r.URL.Path+"?"+r.URL.RawQuery)
				if r.URL.Path == "/vast" {
					return answer(200, tc.body), nil
				}
				return answer(200, document()), nil
			}), &shelf{}, nil)
			r := request()
			r.Settings.AdDecisionServerURL = "http://ads.example/vast?p=[BREAKPOSITION]&d=[BREAKMAXDURATION]"
			if tc.set != nil {
				tc.set(&r)
			}
			d.Decide(t.Context(), r)
			slices.Sort(asked)
			if got := strings.Join(asked, " "); got != tc.want {
				t.Errorf("asked %s\nwant  %s", got, tc.want)
			}
		})
	}
}

// TestNotLinear: a break that allows nothing that can be stitched is told so,
// and is the reason where there is no other (VMAP 1.0.1 §2.5: 1003).
func TestNotLinear(t *testing.T) {
	overlay := strings.Replace(adBreak("over", "start", "", ad("", "a10", "10")), `"linear"`, `"nonlinear,display"`, 1)
	for name, tc := range map[string]struct{ body, want, told string }{
		"alone":         {vmapOf(overlay), "=not_linear", "[1003 http://b/over/error]"},
		"beside linear": {vmapOf(overlay, adBreak("l", "start", "", ad("", "a10", "10"))), "a10 =pod_short", "[1003 http://b/over/error]"},
		"beside empty":  {vmapOf(overlay, adBreak("e", "start", "")), "=ads_empty", "[1003 http://b/over/error 303 http://b/e/error]"},
	} {
		b := &beacons{}
		d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, tc.body), nil }),
			&shelf{durations: map[string]int64{"a10": 10_000_000}}, b)
		r := request()
		got := summary(d.Decide(t.Context(), r))
		told := strings.ReplaceAll(fmt.Sprint(b.got), r.Session.ID+" ", "")
		if got != tc.want || told != tc.told {
			t.Errorf("%s: %s, told %s; want %s, %s", name, got, told, tc.want, tc.told)
		}
	}
}

// TestTransaction: beacons and errors carry the transaction of the request that brought
// the ad, a prefetch's too, and the place and length of its break (VAST 4.3 §6).
func TestTransaction(t *testing.T) {
	ten := ad("", "a10", "10")
	var asked string
	body := document(ten, ad("", "unknown", "10"))
	b := &beacons{}
	d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.RawQuery
		return answer(200, body), nil
	}), &shelf{durations: map[string]int64{"a10": 10_000_000}}, b)
	r := request()
	r.Settings.AdDecisionServerURL = "http://ads.example/?[TRANSACTIONID]"
	longest := int64(30_000_000)
	check := func(name string, got *avail.Ad, position macro.BreakPosition) {
		t.Helper()
		if len(asked) != 36 || got.TransactionID != asked || got.BreakPosition != int(position) || got.BreakMaxDuration != longest {
			t.Errorf("%s: transaction %q at %d, %d; asked with %q", name, got.TransactionID, got.BreakPosition, got.BreakMaxDuration, asked)
		}
		for _, e := range b.transactions {
			if e != fmt.Sprintf("%s at %d, %d", asked, position, longest) {
				t.Errorf("%s: an error tells of %q, asked with %q", name, e, asked)
			}
		}
	}
	check("avail", d.Decide(t.Context(), r).Items[0].Ad, macro.MidRoll)
	r.PreRoll, b.transactions = true, nil
	check("pre-roll", d.Decide(t.Context(), r).Items[0].Ad, macro.PreRoll)
	r.PreRoll = false
	offers, _ := d.Retrieve(t.Context(), r)
	r.Avail.Key = avail.Key{Sequence: 200} // what comes of it is another avail
	r.Offers = &offers
	b.transactions = nil
	check("prefetch", d.Decide(t.Context(), r).Items[0].Ad, macro.MidRoll)
	if len(b.transactions) != 1 {
		t.Errorf("errors told of %q, want one of the prefetch", b.transactions)
	}
	b.transactions, longest = nil, 0
	r.Offers, r.Kind, r.Avail = nil, KindAsset, avail.Avail{Static: true, Unmarked: true, Length: 100_000_000}
	body = vmapOf(adBreak("pre", "start", "", ten), adBreak("mid", "00:00:25", "", ten), adBreak("post", "end", "", ten))
	whole := d.Decide(t.Context(), r)
	check("start", whole.Items[0].Ad, macro.PreRoll)
	check("middle", whole.Breaks[0].Items[0].Ad, macro.MidRoll)
	check("end", whole.Breaks[1].Items[0].Ad, macro.PostRoll)
}

// TestBreakEvents: the beginning and the end of a VMAP break are told with its
// first and its last ad, in a live avail too.
func TestBreakEvents(t *testing.T) {
	b := &beacons{}
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, vmapOf(adBreak("one", "start", "", ad("", "a10", "10"), ad("", "b10", "10")), adBreak("two", "00:01:00", ""))), nil
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

// TestBreakEventsOfSeveral: breaks that share an avail begin and end with its pod,
// which is when their events are told; one of which no ad is shown tells nothing.
func TestBreakEventsOfSeveral(t *testing.T) {
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, vmapOf(adBreak("one", "start", "", ad("", "a10", "10")), adBreak("two", "00:01:00", "", ad("", "b10", "10")),
			adBreak("three", "00:02:00", "", ad("", "new", "10")))), nil
	}), &shelf{durations: map[string]int64{"a10": 10_000_000, "b10": 10_000_000}}, nil)
	got := d.Decide(t.Context(), request())
	if len(got.Items) != 2 {
		t.Fatal(summary(got))
	}
	first, last := got.Items[0].Ad.Tracking, got.Items[1].Ad.Tracking
	if fmt.Sprint(first["breakStart"], first["breakEnd"], last["breakStart"], last["breakEnd"]) !=
		"[http://b/one/start http://b/two/start] [] [] [http://b/one/end http://b/two/end]" {
		t.Errorf("first %v, last %v", first, last)
	}
}
