package ads

import (
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/avail"
)

func TestExpand(t *testing.T) {
	d := New(Options{Random: func() uint64 { return 10_000_000_000 }})
	r := request()
	r.Session.Viewer.Referer = "https://site.example/a?b=c&d"
	r.Session.AdsParams = map[string]string{"gender": "f", "list": "a,b;c", "nested.name": "x", "evil": "&admin=1#[session.id]"}
	r.Avail.Assets = map[string]string{"CAID": "0x1A2B"}
	r.Avail.EventID = "event-9"
	for in, want := range map[string]string{
		"http://a/?x=[session.id]":                                      "http://a/?x=42",
		"http://a/?x=[session.uuid]":                                    "http://a/?x=" + r.Session.ID,
		"http://a/?x=[session.client_ip]&y=[session.user_agent]":        "http://a/?x=203.0.113.7&y=Player%2F1.0",
		"http://a/?x=[session.referer]":                                 "http://a/?x=https%3A%2F%2Fsite.example%2Fa%3Fb%3Dc%26d",
		"http://a/?x=[session.avail_duration_ms]":                       "http://a/?x=30000",
		"http://a/?x=[session.avail_duration_secs]":                     "http://a/?x=30",
		"http://a/?x=[avail.index]&r=[avail.random]":                    "http://a/?x=3&r=10000000000",
		"http://a/?x=[avail.source_content_time_epoch_ms]":              "http://a/?x=1700000000123",
		"http://a/[player_params.gender]/[player_params.list]":          "http://a/f/a%2Cb%3Bc",
		"http://a/?[player_params.gender]=1":                            "http://a/?f=1",
		"http://a/?x=[player_params.nested.name][player_params.gender]": "http://a/?x=xf",
		"http://a/?x=[asset.CAID]":                                      "http://a/?x=0x1A2B",
		"http://a/?x=[scte.event_id]":                                   "http://a/?x=event-9",
		// Values are data: they can add neither parameters nor variables.
		"http://a/?x=[player_params.evil]": "http://a/?x=%26admin%3D1%23%5Bsession.id%5D",
		// Unresolved is empty, what is no variable stays.
		"http://a/?x=[player_params.nobody]&y=[scte.avail_num]&z=[session.nothing]": "http://a/?x=&y=&z=",
		"http://a/?x=[other]&y=[":                   "http://a/?x=[other]&y=[",
		"http://a/?x=[[session.id]]":                "http://a/?x=[42]",
		"http://[2001:db8::1]:8080/?x=[session.id]": "http://[2001:db8::1]:8080/?x=42",
	} {
		if got, err := d.expand(t.Context(), &r, in); got != want || err != nil {
			t.Errorf("expand(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"http://[player_params.gender].example/", "[player_params.gender]", "file:///etc/passwd", "http:///x",
		"http://a:[player_params.gender]/", "http://[player_params.gender]:80/",
	} {
		if got, err := d.expand(t.Context(), &r, in); err == nil {
			t.Errorf("expand(%q) = %q, want an error", in, got)
		}
	}
}

// TestUnknownDuration: MediaTailor announces 300 seconds to the ad server.
func TestUnknownDuration(t *testing.T) {
	d := New(Options{})
	r := request()
	r.Available, r.Avail.Duration, r.Avail.Start = 0, 0, 60_000_000
	got, err := d.expand(t.Context(), &r, "http://a/?x=[session.avail_duration_ms]&y=[avail.source_content_time_epoch_ms]")
	if got != "http://a/?x=300000&y=" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("http://a/[player_params.x]?y=[scte.event_id]#[asset.x]", "[session.id]&%zz ä")
	f.Add("http://[::1]/[[avail.index]", "]")
	f.Fuzz(func(t *testing.T, template, value string) {
		d := New(Options{Random: func() uint64 { return 1 }})
		r := request()
		r.Session.AdsParams = map[string]string{"x": value}
		r.Avail = avail.Avail{Cue: value, EventID: value, Assets: map[string]string{"x": value}}
		before := authority(template)
		got, err := d.expand(t.Context(), &r, template)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("expand(%q) = %q: %v", template, got, err)
		}
		if authority(got) != before {
			t.Fatalf("expand(%q) went to %q instead of %q", template, u.Host, before)
		}
		if strings.Contains(got, "[avail.index]") {
			t.Fatalf("expand(%q) = %q", template, got)
		}
	})
}
