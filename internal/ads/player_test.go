package ads

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// slates has a slate of segments of so many seconds, and whole ads.
type slates struct {
	shelf
	seconds []int64
}

func (s *slates) Lookup(ctx context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason) {
	a, reason := s.shelf.Lookup(ctx, profile, c)
	if reason != "" || !strings.HasPrefix(c.Key, "slate ") {
		return a, reason
	}
	var r avail.AssetRendition
	a.Duration = 0
	for _, n := range s.seconds {
		r.Segments = append(r.Segments, avail.AssetSegment{Duration: n * 1_000_000})
		a.Duration += n * 1_000_000
	}
	a.Renditions = []avail.AssetRendition{r}
	return a, ""
}

// vpaid is an ad of nothing but an executable file.
func vpaid(attributes, name, duration string) string {
	return strings.Replace(ad(attributes, name, duration), `type="video/mp4"`, `type="application/javascript" apiFramework="VPAID"`, 1)
}

// TestPlayerAds pins B-62 and reference §4.1: an ad that only the player can
// show takes its time as slate where the player reports; without a slate, or
// with server-side reporting, it is dropped.
func TestPlayerAds(t *testing.T) {
	const dropped = "-x:framework_required "
	follow := func(r *Request) { r.Settings.Server.AdSequencingMode = "FOLLOW_AD_SEQUENCE" }
	for name, tc := range map[string]struct {
		ads      []string
		segments []int64 // of the slate
		settings func(*Request)
		want     string
		errors   int
	}{
		"whole slates":            {ads: []string{vpaid("", "x", "10")}, want: "[x 5 5] +slate =pod_short"},
		"all of the avail":        {ads: []string{vpaid("", "x", "30")}, want: "[x 5 5 5 5 5 5] +slate ="},
		"a part of a slate":       {ads: []string{vpaid("", "x", "7"), ad("", "a10", "10")}, want: "[x 5 2/2] a10 +slate =pod_short"},
		"to the segment's end":    {ads: []string{vpaid("", "x", "00:00:06.5")}, want: "[x 5 2/2] +slate =pod_short"},
		"among others":            {ads: []string{ad("", "a10", "10"), vpaid("", "x", "5"), ad("", "b10", "10")}, want: "a10 [x 5] b10 +slate =pod_short"},
		"up to the end":           {ads: []string{ad("", "a20", "20"), vpaid("", "x", "00:00:09.5")}, segments: []int64{4, 4, 4}, want: "a20 [x 8/2] +slate =pod_short"},
		"longer than is left":     {ads: []string{ad("", "a20", "20"), vpaid("", "x", "15")}, want: "a20 -x:ad_too_long +slate =pod_short", errors: 1},
		"twice":                   {ads: []string{vpaid("", "x", "5"), vpaid("", "x", "5")}, want: "[x 5] -x:repeated_in_pod +slate =pod_short"},
		"two":                     {ads: []string{vpaid("", "x", "5"), vpaid("", "y", "5")}, want: "[x 5] [y 5] +slate =pod_short"},
		"of no length":            {ads: []string{vpaid("", "x", "")}, want: dropped + "+slate =framework_required", errors: 1},
		"segments too long":       {ads: []string{ad("", "a20", "20"), vpaid("", "x", "5")}, segments: []int64{12}, want: "a20 " + dropped + "+slate =pod_short", errors: 1},
		"a slate far too short":   {ads: []string{vpaid("", "x", "09:00:00")}, settings: func(r *Request) { r.Kind, r.Settings.SlateURL = KindAsset, "" }, want: dropped + "=framework_required", errors: 1},
		"a whole asset":           {ads: []string{vpaid("", "x", "60")}, segments: []int64{30}, settings: func(r *Request) { r.Kind, r.Settings.SlateURL = KindAsset, "" }, want: "[x 30 30] ="},
		"the server reports":      {ads: []string{vpaid("", "x", "10")}, settings: func(r *Request) { r.Session.Reporting = "server" }, want: dropped + "+slate =framework_required", errors: 1},
		"both report":             {ads: []string{vpaid("", "x", "10")}, settings: func(r *Request) { r.Session.Reporting = "hybrid" }, want: dropped + "+slate =framework_required", errors: 1},
		"no slate":                {ads: []string{vpaid("", "x", "10")}, settings: func(r *Request) { r.Settings.SlateURL, r.Settings.PlayerSlateURL = "", "" }, want: dropped + "=framework_required", errors: 1},
		"the slate is not ready":  {ads: []string{vpaid("", "x", "10")}, settings: func(r *Request) { r.Settings.PlayerSlateURL = "http://s.example/new" }, want: dropped + "+slate =framework_required", errors: 1},
		"in a sequence":           {ads: []string{vpaid(`sequence="1"`, "x", "10"), ad(`sequence="2"`, "a20", "20")}, settings: follow, want: "[x 5 5] a20 +slate ="},
		"no substitute":           {ads: []string{ad(`sequence="1"`, "new", "10"), vpaid("", "x", "10"), ad("", "a20", "20")}, settings: follow, want: "a20 -new:creative_new " + dropped + "+slate =pod_short", errors: 2},
		"with bumpers":            {ads: []string{vpaid("", "x", "5")}, settings: enclosed("b2", "b3"), want: "b2 [x 5] slate slate slate slate b3 +slate =pod_short"}, //nolint:dupword // four of them
		"beyond the threshold":    {ads: []string{vpaid("", "x", "10")}, settings: func(r *Request) { r.Settings.PersonalizationThreshold = time.Second }, want: "-x:below_threshold =below_threshold"},
		"shown beside an MP4":     {ads: []string{strings.Replace(vpaid("", "x", "10"), "</MediaFiles>", `<MediaFile type="video/mp4">http://m.example/a10</MediaFile></MediaFiles>`, 1)}, want: "a10 +slate =pod_short"},
		"another kind of program": {ads: []string{strings.Replace(vpaid("", "x", "10"), "VPAID", "SIMID", 1)}, want: dropped + "+slate =framework_required", errors: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &slates{seconds: []int64{1, 1, 1, 1, 1}}
			s.durations = map[string]int64{"slate": 1, "a10": 10_000_000, "b10": 10_000_000, "a20": 20_000_000, "b2": 2_000_000, "b3": 3_000_000}
			if tc.segments != nil {
				s.seconds = tc.segments
			}
			b := &beacons{}
			d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, document(tc.ads...)), nil }), &s.shelf, b)
			d.renditions = s
			r := request()
			r.Session.Reporting = "client"
			r.Settings.SlateURL, r.Settings.PlayerSlateURL = "http://s.example/slate", "http://s.example/slate"
			if tc.settings != nil {
				tc.settings(&r)
			}
			got := d.Decide(t.Context(), r)
			if summary := reserved(got) + summary(avail.Decision{Skips: got.Skips, Slate: got.Slate, Reason: got.Reason}); summary != tc.want {
				t.Errorf("got  %s\nwant %s", summary, tc.want)
			}
			if len(b.got) != tc.errors {
				t.Errorf("errors %q, want %d", b.got, tc.errors)
			}
			if r.Kind == KindAvail && got.Length() > r.Available+20_000 {
				t.Errorf("%d µs", got.Length())
			}
		})
	}
}

// reserved lists the items of a decision: [ad seconds/segments …] are the slates
// under an ad of the player.
func reserved(d avail.Decision) string {
	var out strings.Builder
	open := false
	for _, it := range d.Items {
		if open && (it.Kind != avail.PlayerItem || it.Ad != nil) {
			out.WriteString("] ")
			open = false
		}
		if it.Kind != avail.PlayerItem {
			fmt.Fprintf(&out, "%s ", strings.TrimPrefix(it.Asset, "asset-"))
			continue
		}
		if it.Ad != nil {
			out.WriteString("[" + it.Ad.ID)
			open = true
		}
		fmt.Fprintf(&out, " %d", it.Duration/1_000_000)
		if it.Segments > 0 {
			fmt.Fprintf(&out, "/%d", it.Segments)
		}
	}
	if open {
		out.WriteString("] ")
	}
	return out.String()
}

// TestPlayerAdIsKept: what the player needs to show the ad is in the decision.
func TestPlayerAdIsKept(t *testing.T) {
	s := &slates{shelf: shelf{durations: map[string]int64{"slate": 1}}, seconds: []int64{5}}
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, `<VMAP xmlns="http://www.iab.net/videosuite/vmap" version="1.0"><AdBreak timeOffset="start" breakType="linear">`+
			`<AdSource><VASTAdData>`+document(vpaid("", "x", "10"))+`</VASTAdData></AdSource><TrackingEvents><Tracking event="breakStart">http://b.example/s</Tracking>`+
			`<Tracking event="breakEnd">http://b.example/e</Tracking></TrackingEvents></AdBreak></VMAP>`), nil
	}), &s.shelf, nil)
	d.renditions = s
	r := request()
	r.Session.Reporting, r.Settings.PlayerSlateURL = "client", "http://s.example/slate"
	got := d.Decide(t.Context(), r)
	if len(got.Items) != 2 || got.Items[1].Ad != nil {
		t.Fatalf("%+v", got)
	}
	ad := got.Items[0].Ad
	if ad.ID != "x" || ad.Duration != 10_000_000 || !strings.Contains(string(ad.Raw), `"apiFramework":"VPAID"`) || !strings.Contains(string(ad.Raw), "http://m.example/x") {
		t.Errorf("%+v\n%s", ad, ad.Raw)
	}
	for event, want := range map[string]string{"impression": "http://i/x", "breakStart": "http://b.example/s", "breakEnd": "http://b.example/e"} {
		if got := strings.Join(ad.Tracking[event], " "); got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
}
