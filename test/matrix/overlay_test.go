package matrix

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/report"
)

// nonLinear is a VAST with a non-linear ad of two sizes, after a linear one.
const nonLinear = `<VAST version="4.0"><Ad id="banner"><InLine><AdSystem>m</AdSystem><AdTitle>b</AdTitle><Impression>http://beacons.example/i</Impression><Error>http://beacons.example/e</Error>` +
	`<Creatives><Creative id="c1"><NonLinearAds><TrackingEvents><Tracking event="creativeView">http://beacons.example/view</Tracking></TrackingEvents>` +
	`<NonLinear width="300" height="50" minSuggestedDuration="00:00:10"><StaticResource creativeType="image/png">http://media.example/small.png</StaticResource><NonLinearClickThrough>http://shop.example/</NonLinearClickThrough></NonLinear>` +
	`<NonLinear width="600" height="100"><IFrameResource>http://media.example/large.html</IFrameResource></NonLinear></NonLinearAds></Creative></Creatives></InLine></Ad>` +
	`<Ad id="film"><InLine><AdSystem>m</AdSystem><AdTitle>f</AdTitle><Impression>http://beacons.example/f</Impression><Creatives><Creative id="c2"><Linear><Duration>00:00:10</Duration><MediaFiles>` +
	`<MediaFile delivery="progressive" type="video/mp4" width="640" height="360">http://media.example/ad-1-10</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad></VAST>`

// overlayVMAP is the same in a break of a VMAP document.
func overlayVMAP(kind string) string {
	return `<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0"><vmap:AdBreak timeOffset="start" breakType="` + kind + `" breakId="o">` +
		`<vmap:AdSource><vmap:VASTAdData>` + nonLinear + `</vmap:VASTAdData></vmap:AdSource></vmap:AdBreak></vmap:VMAP>`
}

// overlayAds has the ad server answer overlay avails with a document, and count them by
// session.
func (w *world) overlayAds(document string) map[string]int {
	asked := map[string]int{}
	w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("t") != "56" {
			fmt.Fprint(rw, vast(2, 10))
			return
		}
		asked[r.URL.Query().Get("s")+" "+r.URL.Query().Get("d")]++
		fmt.Fprint(rw, document)
	}
	return asked
}

const overlayURL = "http://ads.example/vast?s=[session.uuid]&t=[scte.segmentation_type_id]&d=[session.avail_duration_secs]"

// overlayTag opens an overlay avail of 30 s.
func overlayTag() string {
	f := eventForm{kind: 0x38}
	section := f.section(7, 30*sec, true)
	return "#EXT-X-SPLICEPOINT-SCTE35:" + section.Base64()
}

// TestOverlays: an overlay avail takes nothing from the content. The tracking document
// tells of its ads from its marker until it has left the window, at the place of the
// segment with the marker, also after an avail with ads and after a restart; the ad server
// is asked once. Sessions whose player does not report, or wants no overlays, ask nothing.
func TestOverlays(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL+"/live", "AdDecisionServerUrl", overlayURL)
		w.sample(`"PercentEnabled":100`)
		from := time.Now()
		asked := w.overlayAds(nonLinear)
		v := video("v0.m3u8").avail(120*sec, 20*sec).tag(152*sec, overlayTag())
		v.window = 15
		w.newChannel(v).serve("origin.example")
		p, off, server := w.join("master.m3u8?aws.reportingMode=CLIENT"), w.join("master.m3u8?aws.reportingMode=CLIENT&aws.overlayAvails=OFF"), w.join("master.m3u8")
		d, none := w.documents(p.id), w.documents(off.id)
		at, next, end := map[int64]float64{}, int64(0), 0.0
		first, last := time.Duration(0), time.Duration(0)
		for round := 0; w.now() < 160*sec && !t.Failed(); round++ {
			if round == 70 {
				w.reopen()
			}
			for _, c := range []*client{p, off, server} {
				c.poll()
			}
			for i := range p.last[0].Segments {
				if s := &p.last[0].Segments[i]; len(at) == 0 || s.Sequence == next {
					at[s.Sequence], next = end, s.Sequence+1
					end += float64(s.Duration) / 1e6
				}
			}
			d.poll()
			none.poll()
			for _, a := range d.now.Avails {
				if len(a.NonLinearAdsList) == 0 {
					continue
				}
				if first == 0 {
					first = w.now()
				}
				last = w.now()
				list := a.NonLinearAdsList[0]
				if a.Duration != "PT0S" || len(a.Ads) != 0 || len(list.NonLinearAdList) != 2 || len(a.NonLinearAdsList) != 1 ||
					list.NonLinearAdList[0].StaticResource != "http://media.example/small.png" || list.NonLinearAdList[0].ClickThrough != "http://shop.example/" {
					t.Errorf("the overlay avail is %+v", a)
				}
				var events []string
				for _, e := range list.TrackingEvents {
					events = append(events, e.EventType)
				}
				if text := strings.Join(events, " "); text != "impression error creativeView" {
					t.Errorf("events %s", text)
				}
				var n int64
				if _, err := fmt.Sscan(a.AvailID, &n); err != nil {
					t.Fatal(err)
				}
				if begins, ok := at[n]; ok && math.Abs(begins-a.StartTimeInSeconds) > 0.0011 {
					t.Errorf("the overlay avail begins at %f, segment %d at %f", a.StartTimeInSeconds, n, begins)
				}
				if uri, ok := p.seen[0][n]; ok && isAd(uri) {
					t.Errorf("the segment of the overlay avail is %s", uri)
				}
			}
			for _, a := range none.now.Avails {
				if len(a.NonLinearAdsList) > 0 {
					t.Errorf("a session without overlays is told of %+v", a)
				}
			}
			time.Sleep(sec)
		}
		// The marker is 52 s ahead of the edge at first; the overlay lasts 30 s, the window 60 s.
		if first < 50*sec || first > 60*sec || last < 135*sec || last > 150*sec {
			t.Errorf("the overlay avail is told from %v to %v", first, last)
		}
		if len(asked) != 1 || asked[p.id+" 30"] != 1 {
			t.Errorf("the ad server was asked %v", asked)
		}
		for _, event := range []string{"FILLED_OVERLAY_AVAIL", "ERROR_VAST_MISSING_OVERLAYS"} {
			if n := strings.Count(string(w.log.bytes()), `"`+event+`"`); n != 1 {
				t.Errorf("%d events %s", n, event)
			}
		}
		x, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Overlays) != 1 || x.Overlays[0].Decision == nil || len(x.Overlays[0].Decision.Items) != 1 || x.Overlays[0].Record == nil || len(x.Overlays[0].Record.Request.Hops) != 1 {
			t.Errorf("overlays are explained by %+v", x.Overlays)
		}
		w.wantRequests(from, 4)
	})
}

// wantRequests checks how many ad requests the report has.
func (w *world) wantRequests(from time.Time, n int64) {
	w.t.Helper()
	time.Sleep(time.Minute)
	values, err := url.ParseQuery("granularity=total&measures=adRequests&from=" + from.UTC().Format(time.RFC3339))
	if err != nil {
		w.t.Fatal(err)
	}
	q, err := report.Parse(values, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := q.Answer(w.t.Context(), w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := a.Totals["adRequests"]; got != n {
		w.t.Errorf("the report has %d ad requests, want %d", got, n)
	}
}

// TestOverlaysOfMPDs: the same in DASH, where a break of a VMAP document says whether its
// ads are among avails or nonLinearAvails. The MPD has no Period for it.
func TestOverlaysOfMPDs(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"linear", "nonlinear"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.shelf.fmp4 = true
				asked := w.overlayAds(overlayVMAP(kind))
				c := w.newDASH(byTime, eventForm{name: "overlay", scheme: schemeBoth14, kind: 0x38, body: signalBinary, scale: 90000}).avail(130*sec, 20*sec)
				w.configure(originURL+"/live", "AdDecisionServerUrl", overlayURL, "DashConfiguration", map[string]any{"OriginManifestType": "SINGLE_PERIOD", "MpdLocation": "EMT_DEFAULT"})
				c.serve("origin.example")
				a := httptest.NewRecorder()
				w.handler.ServeHTTP(a, httptest.NewRequest(http.MethodPost, "http://viewer.example/v1/session/"+w.hash+"/"+configuration+"/c.mpd", nil))
				var session struct{ ManifestURL, TrackingURL string }
				if err := json.Unmarshal(a.Body.Bytes(), &session); err != nil || a.Code != http.StatusOK {
					t.Fatalf("%d %s", a.Code, a.Body)
				}
				p := c.play("http://viewer.example" + session.ManifestURL)
				d := &documents{w: w, url: session.TrackingURL, known: map[string]string{}, listed: map[string]bool{}}
				told := map[float64]int{}
				for w.now() < 100*sec && !t.Failed() {
					p.poll()
					d.poll()
					list, other := d.now.Avails, d.now.NonLinearAvails
					if kind == "nonlinear" {
						list, other = other, list
					}
					for _, a := range list {
						told[a.StartTimeInSeconds] += len(a.NonLinearAdsList)
					}
					if len(other) > 0 {
						t.Errorf("%+v", other)
					}
					time.Sleep(2 * sec)
				}
				p.report()
				if strings.Contains(p.body, "dashsegment") || len(p.order) != 1 {
					t.Errorf("Periods %v", p.order)
				}
				if len(asked) != 1 || len(told) != 1 || told[130+100-100] == 0 && told[230] == 0 {
					t.Errorf("asked %v, told %v", asked, told)
				}
			})
		})
	}
}

// TestOverlaysOfAssets: the document of an asset, which is read once, has its overlays.
func TestOverlaysOfAssets(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL+"/live", "AdDecisionServerUrl", overlayURL)
		w.overlayAds(nonLinear)
		v := lay("v0.m3u8", "video", 60*sec, 4*sec).avail(20*sec, 20*sec).tag(48*sec, overlayTag())
		v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
		w.newChannel(v).serve("origin.example")
		p := w.join("master.m3u8?aws.reportingMode=CLIENT")
		p.poll()
		d := w.documents(p.id)
		d.poll()
		if n := len(d.now.Avails); n != 2 || len(d.now.Avails[1].NonLinearAdsList) != 1 || d.now.Avails[1].StartTimeInSeconds != 48 {
			t.Errorf("%+v", d.now.Avails)
		}
	})
}
