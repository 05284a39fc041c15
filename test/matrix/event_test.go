package matrix

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"stitcher/internal/stitch/records"
)

// TestEvents: which URLs the request of each ad segment calls (VAST 4.3 §3.14.1,
// cases 31 and 37): creativeView and loaded with the first, progress with the one
// that its offset is in, start though it has an offset, and pause never.
func TestEvents(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			events := ""
			for i, x := range []string{
				`creativeView`, `loaded`, `start" offset="00:00:00`, `midpoint`, `complete`, `pause`, `progress`,
				`progress" offset="00:00:01.500`, `progress" offset="50%`, `progress" offset="00:00:09`, `PROGRESS" offset="100%`,
			} {
				events += fmt.Sprintf(`<Tracking event="%s">/ev/%d</Tracking>`, x, i)
			}
			fmt.Fprint(rw, `<VAST version="3.0"><Ad id="a"><InLine><AdSystem>x</AdSystem><AdTitle>a</AdTitle><Impression>//beacons.example/imp</Impression>`+
				`<Creatives><Creative><Linear><Duration>00:00:06</Duration><TrackingEvents>`+events+`</TrackingEvents><MediaFiles>`+
				`<MediaFile delivery="progressive" type="video/mp4">http://media.example/ad-1-6</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad></VAST>`)
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec)).serve("origin.example")
		w.join("master.m3u8").follow(60 * sec)
		source := records.NewSource(w.store)
		var got [][]string
		for _, x := range w.beacons.triggers {
			ad, _, err := source.Ad(t.Context(), x.Session, x.Avail, x.Ad)
			if err != nil {
				t.Fatal(err)
			}
			var called []string
			for event := range x.Events.Each() {
				for _, urls := range ad.Beacons(event) {
					called = append(called, urls...)
				}
			}
			got = append(got, called)
		}
		const ads = "http://ads.example/ev/"
		// One of the six segments has no event, one has a quartile without URLs.
		want := [][]string{
			{ads + "1", "http://beacons.example/imp", ads + "0", ads + "2"}, {ads + "7"}, {ads + "3", ads + "8"}, nil, {ads + "10", ads + "4"},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("called %q", got)
		}
	})
}

// TestVerdicts: what an explanation says of ads that were offered and not shown.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	ad := func(id, impression, files string) string {
		return `<Ad id="` + id + `"><InLine><Impression>` + impression + `</Impression><Creatives><Creative><Linear><Duration>00:00:05</Duration><MediaFiles>` +
			files + `</MediaFiles></Linear></Creative></Creatives></InLine></Ad>`
	}
	const file = `<MediaFile type="%s" apiFramework="%s">//media.example/ad-1-5</MediaFile>`
	for name, c := range map[string]struct{ mode, ads, shown, skipped string }{
		"audio/mpeg (case 09)":    {"", ad("a", "i", fmt.Sprintf(file, "audio/mpeg", "")), "[a]", "[]"},
		"NONE (case 15)":          {"", ad("a", "i", fmt.Sprintf(file, "video/mp4", "NONE")), "[a]", "[]"},
		"VPAID":                   {"", ad("a", "i", fmt.Sprintf(file, "application/javascript", "VPAID")), "[]", "[a framework_required 403 NO_VARIANT_MATCH]"},
		"no scheme (case 19)":     {"", ad("a", "//beacons.example/i", fmt.Sprintf(file, "video/mp4", "")), "[a]", "[]"},
		"an impression of a file": {"", ad("a", "file:///i", fmt.Sprintf(file, "video/mp4", "")), "[]", "[a impression_invalid 101 VAST_PARSING_ERROR]"},
		"no sequence (case 38)": {
			"FOLLOW_AD_SEQUENCE", ad("a", "i", fmt.Sprintf(file, "video/mp4", "")) + ad("b", "i", fmt.Sprintf(file, "video/mp4", "")), "[]",
			"[a out_of_sequence 900 LEFTOVER_AVAIL_EXCEEDED_THRESHOLD b out_of_sequence 900 LEFTOVER_AVAIL_EXCEEDED_THRESHOLD]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", "AdDecisionServerConfiguration", map[string]any{"VastResponse": map[string]string{"AdSequencingMode": c.mode}})
				if c.mode == "" {
					w.configure(originURL + "/live")
				}
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, `<VAST version="3.0">`+c.ads+`</VAST>`) }
				w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec)).serve("origin.example")
				p := w.join("master.m3u8").follow(60 * sec)
				x, err := w.service.Explain(t.Context(), w.store, p.id)
				if err != nil || len(x.Avails) != 1 || x.Avails[0].Decision == nil {
					t.Fatalf("%v, %+v", err, x)
				}
				var shown, skipped []string
				for _, it := range x.Avails[0].Decision.Items {
					shown = append(shown, it.Ad.ID)
				}
				for _, s := range x.Avails[0].Skipped {
					skipped = append(skipped, s.AdID, string(s.Reason), fmt.Sprint(s.VAST), s.MediaTailor)
				}
				if fmt.Sprint(shown) != c.shown || fmt.Sprint(skipped) != c.skipped {
					t.Errorf("shown %s, skipped %s", shown, skipped)
				}
			})
		})
	}
}
