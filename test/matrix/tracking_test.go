package matrix

import (
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/stitch/trackdoc"
	"stitcher/internal/stitch/trackdoc/trackdoctest"
)

// documents are the tracking documents of a session, one after the other.
type documents struct {
	w   *world
	url string
	// known are the avails by id as they were first told, as bytes.
	known map[string]string
	now   *trackdoctest.Document
	// listed are the avails that a manifest has shown.
	listed map[string]bool
}

// read checks and reads a document.
func (d *documents) read(a *httptest.ResponseRecorder) *trackdoctest.Document {
	d.w.t.Helper()
	if a.Code != http.StatusOK {
		d.w.t.Fatalf("%s: %d %s", d.url, a.Code, a.Body)
	}
	x, err := trackdoctest.Check(a.Body.Bytes())
	if err != nil {
		d.w.t.Fatalf("%v: %v\n%s", d.w.now(), err, a.Body)
	}
	return x
}

// post asks for what came after a token.
func (d *documents) post(token string) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	d.w.handler.ServeHTTP(a, httptest.NewRequest(http.MethodPost, d.url, strings.NewReader(`{"NextToken":"`+token+`"}`)))
	return a
}

// shown notes whether the manifest shows an avail of the document. A decision that came
// after the manifest may be told before the next one shows it.
func (d *documents) shown(id string, is bool) {
	d.w.t.Helper()
	if !is && d.listed[id] {
		d.w.t.Errorf("%v: avail %s has left the window and is told", d.w.now(), id)
	}
	d.listed[id] = d.listed[id] || is
}

// wantShown checks how many avails were told, each of which a manifest has shown.
func (d *documents) wantShown(n int) {
	d.w.t.Helper()
	for id, shown := range d.listed {
		if !shown {
			d.w.t.Errorf("no manifest has shown avail %s", id)
		}
	}
	if len(d.listed) != n {
		d.w.t.Errorf("the avails %v were told, want %d", d.listed, n)
	}
}

func (w *world) documents(session string) *documents {
	return &documents{w: w, url: "/v1/tracking/" + w.hash + "/" + configuration + "/" + session, known: map[string]string{}, listed: map[string]bool{}}
}

// poll reads the document. An avail never changes: players announce their cue points
// again if it does.
func (d *documents) poll() {
	d.w.t.Helper()
	a := d.w.get(d.url)
	d.now = d.read(a)
	var raw struct{ Avails []json.RawMessage }
	if err := json.Unmarshal(a.Body.Bytes(), &raw); err != nil {
		d.w.t.Fatal(err)
	}
	for i, x := range raw.Avails {
		id := d.now.Avails[i].AvailID
		if was, ok := d.known[id]; ok && was != string(x) {
			d.w.t.Errorf("%v: avail %s was\n%s\nand is\n%s", d.w.now(), id, was, x)
		}
		d.known[id] = string(x)
	}
}

// TestTrackingOfPlaylists: the document has exactly the avails of which ad segments are
// listed, from the first playlist that lists one of them until its last segment has left the
// window. Ids are media sequence numbers, times are sums of EXTINF since the first
// segment of the session (reference §6.2), also after an avail that the ads did not
// fill, and after a restart of the service.
func TestTrackingOfPlaylists(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.length = 7 // two of them in 20 s: content returns early
		v := video("v0.m3u8").avail(120*sec, 20*sec).avail(180*sec, 20*sec)
		v.window = 15
		w.newChannel(v).serve("origin.example")
		p := w.join("master.m3u8?aws.reportingMode=CLIENT")
		d := w.documents(p.id)
		// at is when each segment begins, in seconds since the first one.
		at, end, next := map[int64]float64{}, 0.0, int64(0)
		for round := 0; w.now() < 190*sec && !t.Failed(); round++ {
			if round == 50 {
				w.reopen()
			}
			p.poll()
			d.poll()
			listed, listing := map[int64]string{}, p.last[0]
			for i := range listing.Segments {
				s := &listing.Segments[i]
				if len(at) == 0 || s.Sequence == next {
					at[s.Sequence], next = end, s.Sequence+1
					end += float64(s.Duration) / 1e6
				}
				if uri := p.seen[0][s.Sequence]; isAd(uri) {
					listed[s.Sequence] = uri
				}
			}
			for i := range d.now.Avails {
				x := &d.now.Avails[i]
				shown := false
				for k := range x.Ads {
					ad := &x.Ads[k]
					first, err := strconv.ParseInt(ad.AdID, 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					for n := first; n < first+7; n++ { // in segments of a second
						if uri, ok := listed[n]; ok {
							shown = true
							if file := w.get(uri).Header().Get("Location"); !strings.Contains(file, ad.VASTAdID+"/") {
								t.Errorf("segment %d of ad %s is %s", n, ad.VASTAdID, file)
							}
							delete(listed, n)
						}
					}
					if begins, ok := at[first]; ok && math.Abs(begins-ad.StartTimeInSeconds) > 0.0011 {
						t.Errorf("%v: ad %s begins at %f, the document says %f", w.now(), ad.AdID, begins, ad.StartTimeInSeconds)
					}
				}
				d.shown(x.AvailID, shown)
			}
			if len(listed) > 0 {
				t.Errorf("%v: of no avail in the document are %v", w.now(), listed)
			}
			time.Sleep(sec)
		}
		d.wantShown(2)
	})
}

// TestTrackingPages: a player that sends its token is told of each event once, in the
// order in which they come, whether it sends it once a second or once in a break; with
// nothing new its token stays, and one of yesterday is refused (reference §6.3).
func TestTrackingPages(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.length = 7
		v := video("v0.m3u8").avail(120*sec, 20*sec).avail(180*sec, 20*sec)
		v.window = 30
		w.newChannel(v).serve("origin.example")
		p := w.join("master.m3u8?aws.reportingMode=CLIENT")
		d := w.documents(p.id)
		token, told := "", map[string]int{}
		for w.now() < 150*sec && !t.Failed() {
			p.poll()
			d.poll()
			page := d.read(d.post(token))
			if len(page.Avails) == 0 && page.NextToken != token {
				t.Errorf("%v: nothing is new and the token %q is %q", w.now(), token, page.NextToken)
			}
			token = page.NextToken
			for i := range page.Avails {
				for k := range page.Avails[i].Ads {
					told[page.Avails[i].Ads[k].AdID]++
				}
			}
			time.Sleep(sec)
		}
		if len(told) != 4 || !slices.Equal(slices.Sorted(maps.Values(told)), []int{1, 1, 1, 1}) {
			t.Fatalf("ads were told %v times", told)
		}
		if token != d.now.NextToken {
			t.Errorf("the pages end with token %q, the whole has %q", token, d.now.NextToken)
		}
		// In the middle of the first pod: its second ad is left, and all of the next.
		middle := trackdoc.Token{Event: int64(d.now.Avails[0].Ads[1].StartTimeInSeconds*1e6) - 1, Issued: time.Now()}
		if rest := d.read(d.post(middle.String())); len(rest.Avails) != 2 || len(rest.Avails[0].Ads) != 1 || rest.Avails[0].Ads[0].AdID != d.now.Avails[0].Ads[1].AdID || len(rest.Avails[1].Ads) != 2 {
			t.Errorf("after %s: %+v", middle, rest)
		}
		for name, token := range map[string]string{
			"no token": "MQ==",
			"too old":  trackdoc.Token{Issued: time.Now().Add(-24*time.Hour - 1)}.String(),
		} {
			if a := d.post(token); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "NextToken") {
				t.Errorf("%s: %d %s", name, a.Code, a.Body)
			}
		}
		// The same, compressed.
		r := httptest.NewRequest(http.MethodGet, d.url, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		z, err := gzip.NewReader(a.Body)
		if err != nil || a.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%v, %v", err, a.Header())
		}
		if text, err := io.ReadAll(z); err != nil || string(text) != w.get(d.url).Body.String() {
			t.Errorf("%v: decompressed\n%s", err, text)
		}
	})
}

// TestTrackingHybrid: with reportingMode server in an explicit session the server calls
// what segment requests imply, the document has the rest, and no URL is in both; with
// client all are in the document and the server calls none (mediatailor.md §2.2, §6.4).
func TestTrackingHybrid(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ server, player string }{
		"server": {"breakEnd breakStart complete creativeView firstQuartile impression loaded midpoint progress start thirdQuartile", "click icon mute pause viewed"},
		"client": {"", "breakEnd breakStart click complete creativeView firstQuartile icon impression loaded midpoint mute pause progress start thirdQuartile viewed"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.tracked = true
				w.reopen()
				w.configure(originURL + "/live")
				var mu sync.Mutex
				var called []string
				w.net.host("b", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					called = append(called, r.URL.String())
				}))
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
					events := ""
					for _, e := range strings.Fields("breakStart breakEnd creativeView loaded start firstQuartile midpoint thirdQuartile complete mute pause") {
						events += `<Tracking event="` + e + `">http://b/` + e + `</Tracking>`
					}
					fmt.Fprint(rw, `<VAST version="4.2"><Ad id="a"><InLine><Impression>http://b/impression</Impression>`+
						`<AdVerifications><Verification vendor="v"><TrackingEvents><Tracking event="verificationNotExecuted">http://b/viewed</Tracking></TrackingEvents></Verification></AdVerifications>`+
						`<Creatives><Creative><Linear><Duration>00:00:06</Duration><TrackingEvents>`+events+`<Tracking event="progress" offset="00:00:03">http://b/progress</Tracking></TrackingEvents>`+
						`<Icons><Icon program="AdChoices"><IconViewTracking>http://b/icon</IconViewTracking></Icon></Icons><VideoClicks><ClickTracking>http://b/click</ClickTracking></VideoClicks>`+
						`<MediaFiles><MediaFile delivery="progressive" type="video/mp4">http://media.example/ad-1-6</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad></VAST>`)
				}
				w.newChannel(video("v0.m3u8").avail(120*sec, 8*sec)).serve("origin.example")
				r := httptest.NewRequest(http.MethodPost, "/v1/session/"+w.hash+"/"+configuration+"/master.m3u8", strings.NewReader(`{"reportingMode":"`+mode+`"}`))
				a := httptest.NewRecorder()
				w.handler.ServeHTTP(a, r)
				_, id, _ := strings.Cut(a.Body.String(), "aws.sessionId=")
				id, _, _ = strings.Cut(id, `"`)
				p := w.join("master.m3u8?aws.sessionId=" + id)
				d := w.documents(id)
				p.follow(50 * sec)
				body := w.get(d.url)
				if read := d.read(body); len(read.Avails) != 1 {
					t.Fatalf("%d avails", len(read.Avails))
				}
				sorted := func(urls []string) string {
					slices.Sort(urls)
					return strings.ReplaceAll(strings.Join(urls, " "), "http://b/", "")
				}
				mu.Lock()
				defer mu.Unlock()
				if got := sorted(called); got != want.server {
					t.Errorf("the server calls %s", got)
				}
				if got := sorted(regexp.MustCompile(`http://b/\w+`).FindAllString(body.Body.String(), -1)); got != want.player {
					t.Errorf("the player calls %s", got)
				}
			})
		})
	}
}

// liveMPD is a live MPD of segments of two seconds, with an event for each avail.
type liveMPD struct {
	began time.Time
	// avails are when they begin and how long they are, in seconds.
	avails [][2]int
}

// depth is how much is listed, in seconds.
const depth = 60

// ServeHTTP implements http.Handler.
func (m *liveMPD) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	edge := int(time.Since(m.began)/(2*sec)) * 2
	events := ""
	for _, a := range m.avails {
		if edge >= a[0] {
			events += fmt.Sprintf(`<Event presentationTime="%d" duration="%d" id="%d"><scte35:SpliceInfoSection><scte35:SpliceInsert spliceEventId="%d" outOfNetworkIndicator="true"/></scte35:SpliceInfoSection></Event>`, a[0], a[1], a[0], a[0])
		}
	}
	from := max(0, edge-depth)
	sets := ""
	for _, set := range []string{
		`contentType="video" mimeType="video/mp4" codecs="avc1.64001f"|<Representation id="v" bandwidth="1000000" width="640" height="360" frameRate="25"/>`,
		`contentType="audio" lang="en" mimeType="audio/mp4" codecs="mp4a.40.2" audioSamplingRate="48000"|<Representation id="a" bandwidth="128000"/>`,
	} {
		attributes, representation, _ := strings.Cut(set, "|")
		sets += fmt.Sprintf(`<AdaptationSet %s segmentAlignment="true"><SegmentTemplate timescale="1" initialization="$RepresentationID$/i.mp4" media="$RepresentationID$/$Time$.m4s"><SegmentTimeline><S t="%d" d="2" r="%d"/></SegmentTimeline></SegmentTemplate>%s</AdaptationSet>`,
			attributes, from, (edge-from)/2-1, representation)
	}
	fmt.Fprintf(w, `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:scte35="urn:scte:scte35:2013:xml" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" availabilityStartTime="%s" publishTime="%s" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT%dS" maxSegmentDuration="PT2S" minBufferTime="PT2S"><Period id="p" start="PT0S"><EventStream schemeIdUri="urn:scte:scte35:2013:xml" timescale="1">%s</EventStream>%s</Period></MPD>`,
		m.began.UTC().Format(time.RFC3339), m.began.Add(time.Duration(edge)*sec).UTC().Format(time.RFC3339), depth, events, sets)
}

// periods are the ad Periods of an MPD.
func periods(t *testing.T, body []byte) map[string]float64 {
	t.Helper()
	var m struct {
		Period []struct {
			ID            string `xml:"id,attr"`
			Start         string `xml:"start,attr"`
			AdaptationSet []struct {
				Inner string `xml:",innerxml"`
			}
		}
	}
	if err := xml.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	at := map[string]float64{}
	for i := range m.Period {
		p := &m.Period[i]
		if len(p.AdaptationSet) > 0 && strings.Contains(p.AdaptationSet[0].Inner, "/v1/dashsegment/") {
			d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(p.Start, "PT")))
			if err != nil {
				t.Fatal(err)
			}
			at[p.ID] = d.Seconds()
		}
	}
	return at
}

// TestTrackingOfMPDs: an ad of the document begins at the start of its Period, from the
// first MPD that has the Period until the Period has left the window.
func TestTrackingOfMPDs(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.shelf.fmp4 = true
		w.configure(originURL)
		w.ads.length = 7
		w.net.host("origin.example", &liveMPD{began: w.began.Add(-ago), avails: [][2]int{{120, 20}, {180, 20}}})
		r := httptest.NewRequest(http.MethodPost, "/v1/session/"+w.hash+"/"+configuration+"/live.mpd", nil)
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		var session struct{ ManifestURL, TrackingURL string }
		if err := json.Unmarshal(a.Body.Bytes(), &session); err != nil || a.Code != http.StatusOK {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
		d := &documents{w: w, url: session.TrackingURL, known: map[string]string{}, listed: map[string]bool{}}
		for round := 0; w.now() < 190*sec && !t.Failed(); round++ {
			if round == 40 {
				w.reopen()
			}
			mpd := w.get(session.ManifestURL)
			if mpd.Code != http.StatusOK {
				t.Fatalf("%d %s", mpd.Code, mpd.Body)
			}
			d.poll()
			starts := periods(t, mpd.Body.Bytes())

			told := map[float64]bool{}
			for i := range d.now.Avails {
				shown := false
				for k := range d.now.Avails[i].Ads {
					told[d.now.Avails[i].Ads[k].StartTimeInSeconds] = true
				}
				for _, s := range starts {
					shown = shown || told[s]
				}
				d.shown(d.now.Avails[i].AvailID, shown)
			}
			for id, s := range starts {
				if !told[s] {
					t.Errorf("%v: Period %s at %f is of no ad in the document: %v", w.now(), id, s, told)
				}
			}
			time.Sleep(sec)
		}
		d.wantShown(2)
	})
}
