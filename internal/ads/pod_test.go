package ads

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// TestFit is the table of what fills an avail of 30 seconds.
func TestFit(t *testing.T) {
	ready := map[string]int64{
		"a10": 10_000_000, "b10": 10_000_000, "c10": 10_000_000, "a15": 15_000_000, "b15": 15_000_000,
		"a20": 20_000_000, "b20": 20_000_000, "a30": 30_000_000, "a40": 40_000_000, "a30.015": 30_015_000,
		"a30.5": 30_500_000, "short": 29_970_000, "slate": 5_000_000, "b2": 2_000_000, "b3": 3_000_000,
		"a30.03": 30_030_000, "a30.06": 30_063_333, "a30.12": 30_120_000, "a15.015": 15_015_000, "b15.015": 15_015_000,
		"a10.04": 10_040_000, "b10.04": 10_040_000, "c10.04": 10_040_000, "a6.04": 6_040_000,
		"a200": 200_000_000, "b200": 200_000_000,
	}
	reasons := map[string]avail.Reason{
		"new": avail.CreativeNew, "busy": avail.CreativeTranscoding, "bad": avail.TranscodeFailed, "gone": avail.CreativeUnfetchable,
	}
	var many []string
	for i := 1; i <= 13; i++ {
		name := fmt.Sprint("m", i)
		ready[name] = 1_040_000
		many = append(many, ad("", name, "1"))
	}
	const inline = `<Ad id="n"><InLine><Creatives><Creative><NonLinearAds/></Creative></Creatives></InLine></Ad>`
	for name, tc := range map[string]struct {
		ads      []string
		settings func(*Request)
		want     string
	}{
		"one":               {ads: []string{ad("", "a30", "00:00:30")}, want: "a30 ="},
		"in order":          {ads: []string{ad("", "a10", "10"), ad("", "b10", "10"), ad("", "c10", "10")}, want: "a10 b10 c10 ="},
		"in document order": {ads: []string{ad(`sequence="2"`, "a10", "10"), ad("", "c10", "10"), ad(`sequence="1"`, "b10", "10")}, want: "a10 c10 b10 ="},
		"by sequence": {
			ads:      []string{ad(`sequence="2"`, "a10", "10"), ad("", "c10", "10"), ad(`sequence="1"`, "b10", "10")},
			settings: func(r *Request) { r.Settings.Server.AdSequencingMode = "FOLLOW_AD_SEQUENCE" },
			want:     "b10 a10 -c10:out_of_sequence =pod_short",
		},
		"a substitute in a sequence": {
			ads:      []string{ad(`sequence="1"`, "new", "10"), ad("", "c10", "10"), ad(`sequence="2"`, "b10", "10")},
			settings: func(r *Request) { r.Settings.Server.AdSequencingMode = "FOLLOW_AD_SEQUENCE_ONLY_LIVE" },
			want:     "c10 b10 -new:creative_new =pod_short",
		},
		"no sequence to follow": {
			ads:      []string{ad("", "c10", "10"), ad("", "b10", "10")},
			settings: func(r *Request) { r.Settings.Server.AdSequencingMode = "FOLLOW_AD_SEQUENCE" },
			want:     "-c10:out_of_sequence -b10:out_of_sequence =out_of_sequence",
		},
		"both bumpers": {
			ads: []string{ad("", "a10", "10"), ad("", "b10", "10")}, settings: enclosed("b2", "b3"),
			want: "b2 a10 b10 b3 =pod_short",
		},
		"the last bumper alone": {ads: []string{ad("", "a20", "20")}, settings: enclosed("", "b3"), want: "a20 b3 =pod_short"},
		"bumpers take their time": {
			ads: []string{ad("", "a30", "30"), ad("", "a20", "20")}, settings: enclosed("b2", "b3"),
			want: "b2 a20 b3 -a30:ad_too_long =pod_short",
		},
		"a bumper is not ready":  {ads: []string{ad("", "a30", "30")}, settings: enclosed("new", ""), want: "a30 ="},
		"no ads, no bumpers":     {settings: enclosed("b2", "b3"), want: "=ads_empty"},
		"bumpers as long as all": {ads: []string{ad("", "a30", "30")}, settings: enclosed("a30", "b3"), want: "a30 ="},
		"slate before the bumper": {
			ads: []string{ad("", "a10", "10")},
			settings: func(r *Request) {
				enclosed("b2", "b3")(r)
				r.Settings.SlateURL = "http://s.example/slate"
			},
			want: "b2 a10 slate slate slate b3 +slate =pod_short", //nolint:dupword // three of them
		},
		"bumpers below the threshold": {
			ads: []string{ad("", "a10", "10")},
			settings: func(r *Request) {
				enclosed("b2", "b3")(r)
				r.Settings.SlateURL, r.Settings.PersonalizationThreshold = "http://s.example/slate", 8*time.Second
			},
			want: "-a10:below_threshold =below_threshold",
		},
		"too long, next is tried": {ads: []string{ad("", "a40", "00:00:40"), ad("", "a20", "00:00:20")}, want: "a20 -a40:ad_too_long =pod_short"},
		"never clipped":           {ads: []string{ad("", "a20", "20"), ad("", "b20", "20"), ad("", "a10", "10")}, want: "a20 a10 -b20:ad_too_long ="},
		"half a frame too long":   {ads: []string{ad("", "a30.015", "30")}, want: "a30.015 ="},
		"900 frames at 29.97":     {ads: []string{ad("", "a30.03", "30")}, want: "a30.03 ="},
		"and rounded up":          {ads: []string{ad("", "a30.06", "30")}, want: "a30.06 ="},
		"two of 15 s at 29.97":    {ads: []string{ad("", "a15.015", "15"), ad("", "b15.015", "15")}, want: "a15.015 b15.015 ="},
		"a frame too much each": {
			ads:  []string{ad("", "a10.04", "10"), ad("", "b10.04", "10"), ad("", "c10.04", "10")},
			want: "a10.04 b10.04 c10.04 =",
		},
		"151 frames in 6 s": {
			ads:      []string{ad("", "a6.04", "6")},
			settings: func(r *Request) { r.Available, r.Avail.Duration = 6_000_000, 6_000_000 },
			want:     "a6.04 =",
		},
		"three frames too long": {ads: []string{ad("", "a30.12", "30")}, want: "-a30.12:ad_too_long =ad_too_long"},
		"many a little too long": { // together they may be half a second too long
			ads: many, settings: func(r *Request) { r.Available, r.Avail.Duration = 13_000_000, 13_000_000 },
			want: "m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 -m13:ad_too_long =pod_short",
		},
		"longer than declared":  {ads: []string{ad("", "a30.5", "30"), ad("", "a10", "10")}, want: "a10 -a30.5:ad_too_long =pod_short"},
		"shorter than declared": {ads: []string{ad("", "short", "30.5")}, want: "short =pod_short"},
		"no declared duration":  {ads: []string{ad("", "a30", "")}, want: "a30 ="},
		"new, next is tried":    {ads: []string{ad("", "new", "30"), ad("", "a30", "30")}, want: "a30 -new:creative_new ="},
		"nothing is ready":      {ads: []string{ad("", "bad", "10"), ad("", "busy", "10"), ad("", "new", "10"), ad("", "busy", "10")}, want: "-bad:transcode_failed -busy:creative_transcoding -new:creative_new -busy:creative_transcoding =creative_transcoding"},
		"unfetchable":           {ads: []string{ad("", "gone", "10")}, want: "-gone:creative_unfetchable =creative_unfetchable"},
		"repeated":              {ads: []string{ad("", "a10", "10"), ad("", "a10", "10"), ad("", "b10", "10")}, want: "a10 b10 -a10:repeated_in_pod =pod_short"},
		"no impression that can be sent": {
			ads:  []string{strings.Replace(ad("", "a10", "10"), "http://i/a10", "javascript:void(0)", 1), ad("", "b10", "10")},
			want: "b10 -a10:impression_invalid =pod_short",
		},
		"not linear": {ads: []string{inline, ad("", "a30", "30")}, want: "a30 -n:not_linear ="},
		"unknown avail": {
			ads:      []string{ad("", "a40", "40"), ad("", "a30", "30")},
			settings: func(r *Request) { r.Available, r.Avail.Duration = 0, 0 },
			want:     "a40 a30 =pod_short",
		},
		"slate for the rest": {
			ads:      []string{ad("", "a20", "20")},
			settings: func(r *Request) { r.Settings.SlateURL = "http://s.example/slate" },
			want:     "a20 +slate =pod_short",
		},
		"slate for all": {settings: func(r *Request) { r.Settings.SlateURL = "http://s.example/slate" }, want: "+slate =ads_empty"},
		"bumpers around slate": {
			settings: func(r *Request) {
				enclosed("b2", "b3")(r)
				r.Settings.SlateURL = "http://s.example/slate"
			},
			want: "b2 slate slate slate slate slate b3 +slate =ads_empty", //nolint:dupword // five of them
		},
		"the first bumper before slate": {
			settings: func(r *Request) {
				enclosed("b2", "")(r)
				r.Settings.SlateURL = "http://s.example/slate"
			},
			want: "b2 +slate =ads_empty",
		},
		"a pre-roll of any length": {
			ads: []string{ad("", "a200", "200"), ad("", "b200", "200")},
			settings: func(r *Request) {
				r.PreRoll, r.Available, r.Avail.Duration = true, 0, 0
			},
			want: "a200 b200 =",
		},
		"slate not ready": {
			ads:      []string{ad("", "a20", "20")},
			settings: func(r *Request) { r.Settings.SlateURL = "http://s.example/new" },
			want:     "a20 =pod_short",
		},
		"no ads and bumpers below the threshold": { // they are not shown, so all of it would be slate
			settings: func(r *Request) {
				enclosed("b2", "b3")(r)
				r.Settings.SlateURL, r.Settings.PersonalizationThreshold = "http://s.example/slate", 28*time.Second
			},
			want: "=below_threshold",
		},
		"a threshold above the avail": {
			settings: func(r *Request) {
				r.Settings.SlateURL, r.Settings.PersonalizationThreshold = "http://s.example/slate", 31*time.Second
			},
			want: "+slate =ads_empty",
		},
		"below the threshold": {
			ads: []string{ad("", "a20", "20")},
			settings: func(r *Request) {
				r.Settings.SlateURL, r.Settings.PersonalizationThreshold = "http://s.example/slate", 8*time.Second
			},
			want: "-a20:below_threshold =below_threshold",
		},
		"at the threshold": {
			ads: []string{ad("", "a20", "20")},
			settings: func(r *Request) {
				r.Settings.SlateURL, r.Settings.PersonalizationThreshold = "http://s.example/slate", 10*time.Second
			},
			want: "a20 +slate =pod_short",
		},
		"a threshold without slate": {
			ads:      []string{ad("", "a20", "20")},
			settings: func(r *Request) { r.Settings.PersonalizationThreshold = time.Second },
			want:     "a20 =pod_short",
		},
		"no ad server": {settings: func(r *Request) { r.Settings.AdDecisionServerURL = "" }, want: "=ads_empty"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{durations: ready, reasons: reasons}
			d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
				return answer(200, document(tc.ads...)), nil
			}), s, nil)
			r := request()
			if tc.settings != nil {
				tc.settings(&r)
			}
			got := d.Decide(t.Context(), r)
			if summary(got) != tc.want {
				t.Errorf("got  %s\nwant %s", summary(got), tc.want)
			}
			if got.Start != 100 || got.Decided != clock().UnixMicro() {
				t.Errorf("start %d, decided %d", got.Start, got.Decided)
			}
			if limit := r.available() + avail.MaxSlack; got.Length() > limit {
				t.Errorf("%d µs in an avail of %d", got.Length(), limit)
			}
		})
	}
}

// TestVerdicts: each ad that was offered has a verdict, those too that a wrapper or a
// sequence had no place for (case 38), and the avail's reason is not theirs.
func TestVerdicts(t *testing.T) {
	b := &beacons{}
	d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == "pod.example" {
			return answer(200, document(ad(`sequence="1"`, "new", "10"), ad("", "x", "10"), ad(`sequence="2"`, "y", "10"))), nil
		}
		return answer(200, document(strings.Replace(wrapper("w", "http://pod.example/"), "<Ad", `<Ad sequence="1"`, 1), ad(`sequence="2"`, "busy", "10"), ad("", "bad", "10"), ad("", "bad", "10"))), nil
	}), &shelf{reasons: map[string]avail.Reason{"busy": avail.CreativeTranscoding, "bad": avail.TranscodeFailed}}, b)
	for mode, want := range map[string]string{
		"FOLLOW_AD_SEQUENCE": "-new:creative_new -bad:transcode_failed -bad:transcode_failed -x:out_of_sequence -y:out_of_sequence -busy:creative_transcoding =transcode_failed",
		"IGNORE_AD_SEQUENCE": "-x:creative_new -new:out_of_sequence -y:out_of_sequence -busy:creative_transcoding -bad:transcode_failed -bad:transcode_failed =transcode_failed",
	} {
		r := request()
		r.Settings.Server.AdSequencingMode = mode
		if got := summary(d.Decide(t.Context(), r)); got != want {
			t.Errorf("%s: got  %s\nwant %s", mode, got, want)
		}
	}
	if len(b.got) != 8 {
		t.Errorf("reported %s", strings.Join(b.got, "\n"))
	}
}

// TestFarTooLongIsNotPrepared: what can't fit by its own account is not
// transcoded for nothing.
func TestFarTooLongIsNotPrepared(t *testing.T) {
	s := &shelf{}
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, document(ad("", "film", "01:30:00"), ad("", "new", "30"))), nil
	}), s, nil)
	d.Decide(t.Context(), request())
	if strings.Join(s.asked, " ") != "new" {
		t.Errorf("asked for %v", s.asked)
	}
}

// TestRecord: a decision keeps the ad's trackers, and the ad itself where the
// client reports.
func TestRecord(t *testing.T) {
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, document(ad("", "a30", "00:00:30"))), nil
	}), &shelf{durations: map[string]int64{"a30": 30_000_000}}, nil)
	r := request()
	got := d.Decide(t.Context(), r).Items[0].Ad
	if got.Tracking["impression"][0] != "http://i/a30" || got.Raw != nil || got.Duration != 30_000_000 {
		t.Errorf("record %+v", got)
	}
	r.Session.Reporting = "client"
	if got := d.Decide(t.Context(), r).Items[0].Ad; !strings.Contains(string(got.Raw), `"mediaFiles":[{"url":"http://m.example/a30"`) {
		t.Errorf("raw %s", got.Raw)
	}
}

// enclosed configures both bumpers by the names of their files.
func enclosed(start, end string) func(*Request) {
	file := func(name string) string {
		if name == "" {
			return ""
		}
		return "http://m.example/" + name
	}
	return func(r *Request) { r.Settings.BumperStartURL, r.Settings.BumperEndURL = file(start), file(end) }
}

// TestUnverified pins B-62: whoever wants a view verified is told that nobody
// does, with the impression; where the player reports, it is the player's to do.
func TestUnverified(t *testing.T) {
	verified := strings.Replace(ad("", "a30", "00:00:30"), "<Creatives>", `<AdVerifications><Verification vendor="v"><TrackingEvents>`+
		`<Tracking event="verificationNotExecuted">http://v.example/?r=[REASON]</Tracking></TrackingEvents></Verification></AdVerifications><Creatives>`, 1)
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, document(verified)), nil }),
		&shelf{durations: map[string]int64{"a30": 30_000_000}}, nil)
	for reporting, want := range map[string]string{
		"server": "http://i/a30 http://v.example/?r=2", "hybrid": "http://i/a30", "client": "http://i/a30",
	} {
		r := request()
		r.Session.Reporting = reporting
		if got := strings.Join(d.Decide(t.Context(), r).Items[0].Ad.Tracking["impression"], " "); got != want {
			t.Errorf("%s: %s, want %s", reporting, got, want)
		}
	}
}

// TestSkipsOfStreams: whether a creative was to be imported or transcoded is in
// the skip, for MediaTailor has other names for the one than for the other
// (reference §5.4).
func TestSkipsOfStreams(t *testing.T) {
	stream := strings.Replace(ad("", "busy", "30"), `"progressive" type="video/mp4"`, `"streaming" type="application/x-mpegurl"`, 1)
	d := decider(t, roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, document(stream)), nil }),
		&shelf{reasons: map[string]avail.Reason{"busy": avail.CreativeTranscoding}}, nil)
	for conditioned, want := range map[bool]string{true: "IMPORT_IN_PROGRESS", false: "TRANSCODE_IN_PROGRESS"} {
		r := request()
		r.Settings.Conditioned = conditioned
		skips := d.Decide(t.Context(), r).Skips
		if len(skips) != 1 || skips[0].MediaTailor() != want {
			t.Errorf("%v: %+v, want %s", conditioned, skips, want)
		}
	}
}
