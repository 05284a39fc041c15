package matrix

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/report"
)

var proofViewers = flag.Int("proof.viewers", 6, "how many viewers TestNumbersAgree has, 6 at least")

// reported are the events that are measures of reports.
var reported = []string{"impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"}

// countingServer is a tracking host that counts what it takes: each third call of the server
// fails, and it tells the calls of players from those of the server.
type countingServer struct {
	mu    sync.Mutex
	calls int
	// server and players are how often each path was taken: /session/request/ad/event.
	server, players map[string]int
}

// ServeHTTP implements http.Handler.
func (c *countingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls++; c.calls%3 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	c.server[r.URL.Path]++
}

// byEvent are the counts of the sessions of some modes by mode of reporting, ad and event.
func byEvent(counts map[string]int, into map[string]int64, who string, of func(session string) bool) {
	for path, n := range counts {
		f := strings.Split(path, "/")
		if slices.Contains(reported, f[4]) && of(f[1]) {
			into[who+" "+f[3]+" "+f[4]] += int64(n)
		}
	}
}

// trackedVAST is the answer to a request of a session: three ads with all events, and an
// impression at a dead host.
func trackedVAST(session string, request int) string {
	text := vast(3, 5)
	for i := 1; i <= 3; i++ {
		name := fmt.Sprintf("ad-%d-5", i)
		base := fmt.Sprintf("http://beacons.example/%s/%d/%s/", session, request, name)
		events := ""
		for _, e := range append([]string{"mute", "progress"}, reported[1:]...) {
			offset := ""
			if e == "progress" {
				offset = ` offset="00:00:03"`
			}
			events += fmt.Sprintf(`<Tracking event="%s"%s>%s%s</Tracking>`, e, offset, base, e)
		}
		text = strings.Replace(text, "http://beacons.example/i<", base+"impression</Impression><Impression>http://dead.example/"+name+"<", 1)
		text = strings.Replace(text, "<Duration>00:00:05</Duration><Media", "<Duration>00:00:05</Duration><TrackingEvents>"+events+"</TrackingEvents><Media", 1)
	}
	return text
}

// proofViewer is a viewer of TestNumbersAgree.
type proofViewer struct {
	mode     string
	hls      *client
	dash     *dashClient
	document *documents
	// beacons are the URLs that documents have told, by avail, ad and event.
	beacons map[string][]string
	// again are the ad segments that were asked for twice.
	again map[string]bool
}

func (v *proofViewer) id() string {
	if v.hls != nil {
		return v.hls.id
	}
	return v.dash.id
}

// poll plays for a moment: it asks for the manifest, for each new ad segment twice, and
// for the tracking document.
func (v *proofViewer) poll(w *world) {
	var fetched map[string]bool
	if v.hls != nil {
		v.hls.poll()
		fetched = v.hls.fetched
	} else {
		v.dash.poll()
		fetched = v.dash.fetched
	}
	for u := range fetched {
		if !v.again[u] {
			v.again[u] = true
			w.get(u)
		}
	}
	if v.document == nil {
		return
	}
	v.document.poll()
	for i := range v.document.now.Avails {
		a := &v.document.now.Avails[i]
		for k := range a.Ads {
			for _, e := range a.Ads[k].TrackingEvents {
				v.beacons[a.AvailID+" "+a.Ads[k].AdID+" "+e.EventID+" "+e.EventType] = e.BeaconURLs
			}
		}
	}
}

// proofSession starts a session of a mode.
func (w *world) proofSession(dash *dashChannel, mode string) *proofViewer {
	w.t.Helper()
	v := &proofViewer{mode: mode, beacons: map[string][]string{}, again: map[string]bool{}}
	asset := "master.m3u8"
	if dash != nil {
		asset = "c.mpd"
	}
	var session struct{ ManifestURL, TrackingURL string }
	if mode != "server" {
		body := `{"reportingMode":"` + strings.TrimPrefix(strings.Replace(mode, "hybrid", "server", 1), " ") + `"}`
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, httptest.NewRequest(http.MethodPost, "http://viewer.example/v1/session/"+w.hash+"/"+configuration+"/"+asset, strings.NewReader(body)))
		if err := json.Unmarshal(a.Body.Bytes(), &session); err != nil || a.Code != http.StatusOK {
			w.t.Fatalf("%d %s", a.Code, a.Body)
		}
	}
	_, query, _ := strings.Cut(session.ManifestURL, "?")
	switch {
	case dash == nil:
		v.hls = w.join(asset + "?" + query)
	case mode == "server":
		v.dash = dash.watch("")
		for range 2 {
			w.get(v.dash.url) // over the same connection: a player that does not ask for its Location shares its session with the next one
		}
	default:
		v.dash = dash.play("http://viewer.example" + session.ManifestURL)
	}
	if mode != "server" {
		v.document = &documents{w: w, url: session.TrackingURL, known: map[string]string{}, listed: map[string]bool{}}
	}
	return v
}

// TestNumbersAgree: over breaks of HLS and DASH with a killed node, failing and dead tracking
// hosts and segments that are asked for twice, the counts of the ad server, of the
// reports, of the metrics and of the tracking documents are the same for each ad and
// event, each URL is called once, and each recorded session replays to the same bytes.
func TestNumbersAgree(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked, w.shelf.fmp4 = true, true
		w.reopen()
		w.configure(originURL+"/live", "AdDecisionServerUrl", "http://ads.example/vast?s=[session.uuid]", "DashConfiguration", map[string]any{"OriginManifestType": "SINGLE_PERIOD", "MpdLocation": "EMT_DEFAULT"})
		w.sample(`"PercentEnabled":100`)
		counting := &countingServer{server: map[string]int{}, players: map[string]int{}}
		w.net.host("beacons.example", counting)
		var mu sync.Mutex
		requests := map[string]int{}
		w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
			session := r.URL.Query().Get("s")
			mu.Lock()
			requests[session]++
			n := requests[session]
			mu.Unlock()
			fmt.Fprint(rw, trackedVAST(session, n))
		}
		v0 := video("v0.m3u8").fragmented().avail(120*sec, 20*sec).avail(160*sec, 16*sec).avail(200*sec, 20*sec)
		v0.header = append(v0.header, `#EXT-X-MAP:URI="init.mp4"`)
		inHLS := w.newChannel(v0)
		inDASH := w.newDASH(byTime, eventForms()[2]).avail(120*sec, 20*sec).avail(160*sec, 16*sec).avail(200*sec, 20*sec)
		w.net.host("origin.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".mpd") {
				inDASH.ServeHTTP(rw, r)
				return
			}
			inHLS.ServeHTTP(rw, r)
		}))
		from := time.Now()
		modes := []string{"server", "client", "hybrid"}
		var viewers []*proofViewer
		mode := map[string]string{}
		for i := range max(6, *proofViewers) {
			dash := inDASH
			if i/3%2 == 0 {
				dash = nil
			}
			v := w.proofSession(dash, modes[i%3])
			viewers = append(viewers, v)
			mode[v.id()] = v.mode
		}
		if len(mode) != len(viewers) {
			t.Fatalf("%d viewers share %d sessions", len(viewers), len(mode))
		}
		calls := map[string]float64{}
		restart := func() {
			maps.Copy(calls, w.beaconCalls(calls))
			w.reopen()
		}
		for n := 0; w.now() < 130*sec && !t.Failed(); n++ {
			var wg sync.WaitGroup
			for _, v := range viewers {
				wg.Go(func() { v.poll(w) })
			}
			wg.Wait()
			if n == 28 || n == 63 || n == 100 {
				restart()
			}
			w.until(w.now() + sec)
		}
		time.Sleep(2 * time.Hour) // the dead host is given up
		for _, v := range viewers {
			for _, list := range v.beacons {
				for _, u := range list {
					if x, err := url.Parse(u); err != nil {
						t.Error(err)
					} else if x.Host == "beacons.example" && !strings.HasPrefix(x.Path, "/e/") { // ads have no errors
						counting.players[x.Path]++
					}
				}
			}
		}
		w.wantCounts(viewers, mode, counting)
		w.wantReported(from, mode, counting)
		maps.Copy(calls, w.beaconCalls(calls))
		byServer := map[string]float64{}
		for path, n := range counting.server {
			byServer[path[strings.LastIndexByte(path, '/')+1:]] += float64(n)
		}
		for event, n := range byServer {
			if calls[event+" delivered"] != n {
				t.Errorf("the metrics have %v deliveries of %s, the server received %v", calls[event+" delivered"], event, n)
			}
		}
		for _, v := range viewers {
			if v.hls != nil {
				v.hls.wantIdentical()
				continue
			}
			v.dash.report()
			w.wantReplayed(v.dash.id, v.dash.body)
		}
	})
}

// beaconCalls are the calls of tracking URLs that the metrics count, by event and outcome,
// and those of before.
func (w *world) beaconCalls(before map[string]float64) map[string]float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	sums := maps.Clone(before)
	for _, f := range families {
		if f.GetName() != "stitcher_beacons_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			var key []string
			for _, l := range m.GetLabel() {
				key = append(key, l.GetValue())
			}
			sums[strings.Join(key, " ")] += m.GetCounter().GetValue()
		}
	}
	return sums
}

// wantCounts holds each session to three breaks of three ads, of which each event was told
// to the counting server once, by whom its mode says.
func (w *world) wantCounts(viewers []*proofViewer, mode map[string]string, c *countingServer) {
	w.t.Helper()
	for _, v := range viewers {
		byServer, byPlayer := map[string]int{}, map[string]int{}
		for who, counts := range map[*map[string]int]map[string]int{&byServer: c.server, &byPlayer: c.players} {
			for path, n := range counts {
				if f := strings.Split(path, "/"); f[1] == v.id() {
					if n != 1 {
						w.t.Errorf("%s was called %d times", path, n)
					}
					(*who)[f[4]] += n
				}
			}
		}
		want := map[string]int{"mute": 9, "progress": 9}
		for _, e := range reported {
			want[e] = 9
		}
		player := map[string]int{}
		switch mode[v.id()] {
		case "server":
			delete(want, "mute")
		case "client":
			player, want = want, player
		case "hybrid":
			delete(want, "mute")
			player["mute"] = 9
		}
		if !maps.Equal(byServer, want) || !maps.Equal(byPlayer, player) {
			w.t.Errorf("%s, %v: the server called\n%v, want\n%v, the player\n%v, want\n%v", v.mode, v.dash != nil, byServer, want, byPlayer, player)
		}
	}
}

// wantReported holds the reports to the counting server.
func (w *world) wantReported(from time.Time, mode map[string]string, c *countingServer) {
	w.t.Helper()
	values, err := url.ParseQuery("granularity=minute&pageSize=10000&groupBy=reporting,ad&measures=" + strings.Join(reported, ",") + "&from=" + from.UTC().Format(time.RFC3339))
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
	said, counted := map[string]int64{}, map[string]int64{}
	for i := range a.Rows {
		for event, n := range a.Rows[i].Values {
			said[a.Rows[i].Group["reporting"]+" "+a.Rows[i].Group["ad"]+" "+event] += n
		}
	}
	for _, x := range []struct {
		mode   string
		counts map[string]int
	}{{"server", c.server}, {"hybrid", c.server}, {"client", c.players}} {
		byEvent(x.counts, counted, x.mode, func(s string) bool { return mode[s] == x.mode })
	}
	if !maps.Equal(said, counted) || len(said) != 3*3*len(reported) {
		w.t.Errorf("the report says\n%v\nthe server received\n%v", said, counted)
	}
}
