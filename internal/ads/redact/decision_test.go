package redact

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// TestRedactedText: a line of the origin's playlist is told without the passwords and
// tokens of its URLs.
func TestRedactedText(t *testing.T) {
	s := &playback.Session{AdsParams: map[string]string{"consent": "a-secret"}}
	line := `#EXT-X-CUE:TYPE="x",URI="https://u:p@h.example/a?token=t&x=a-secret",TIME=5,MAIL="a@b"`
	want := `#EXT-X-CUE:TYPE="x",URI="https://REDACTED@h.example/a?token=REDACTED&x=REDACTED",TIME=5,MAIL="a@b"`
	if got := Text(line, s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRedactedDecision: an ad server writes what it was told into its tracking
// URLs and wherever else it likes. Nobody who asks for a decision is told it, and
// the decision stays as it is, for beacons need it.
func TestRedactedDecision(t *testing.T) {
	const url = "http://t.example/e?gdpr_consent=" + tcString + "&ip=203.0.113.77&sig=needle"
	raw, err := json.Marshal(map[string]any{"companions": []any{map[string]any{"html": `<a href="` + url + `">`, "width": 1}}})
	if err != nil {
		t.Fatal(err)
	}
	ad := func() *avail.Ad {
		return &avail.Ad{
			ID: tcString, System: gppString, Title: url, Advertiser: tcString, Campaign: url, CreativeID: url, UniversalID: url, ServingID: url, MediaURL: url, Duration: 7,
			Tracking: map[string][]string{"impression": {url, "http://t.example/"}, "progress@" + tcString: {url}}, Raw: raw,
		}
	}
	fresh := func() avail.Decision {
		return avail.Decision{
			Start: 9, Reason: avail.PodShort, Items: []avail.Item{{Asset: "a", Ad: ad()}, {Asset: "slate"}},
			Skips:  []avail.Skip{{AdID: url, CreativeID: tcString, UniversalID: tcString, System: url, Advertiser: tcString, Campaign: tcString, MediaURL: url, Reason: avail.AdTooLong}},
			Breaks: []avail.Break{{ID: tcString, Decision: avail.Decision{Items: []avail.Item{{Ad: ad()}}}}},
		}
	}
	d := fresh()
	told := Decision(d, watcher())
	if !reflect.DeepEqual(d, fresh()) {
		t.Errorf("the decision itself was changed: %+v", d)
	}
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{tcString, gppString, "203.0.113.77", "needle"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	first := told.Items[0].Ad
	if told.Start != 9 || first.Duration != 7 || told.Items[1].Ad != nil || first.Tracking["impression"][1] != "http://t.example/" ||
		!strings.Contains(string(first.Raw), `"width":1`) {
		t.Errorf("more than secrets is gone: %s", text)
	}
	if empty := Decision(avail.Decision{Reason: avail.AdsEmpty}, watcher()); !reflect.DeepEqual(empty, avail.Decision{Reason: avail.AdsEmpty}) {
		t.Errorf("of nothing: %+v", empty)
	}
}
