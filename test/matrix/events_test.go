package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"stitcher/internal/playback/config"
)

// events are the types of a session's log events, in the order of the log.
func (w *world) events(session string) (types []string) {
	w.t.Helper()
	for line := range bytes.Lines(w.log.bytes()) {
		var e struct{ EventType, SessionID string }
		if err := json.Unmarshal(line, &e); err != nil {
			w.t.Fatal(err)
		}
		if e.SessionID == session && e.EventType != "" {
			types = append(types, e.EventType)
		}
	}
	return types
}

// TestLogEvents: MediaTailor's log events are logged of the sessions that the
// configuration samples and of those with aws.logMode=DEBUG, and tell no secrets.
func TestLogEvents(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked = true
		w.reopen()
		var calls atomic.Int64
		w.net.host("beacons.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			if calls.Add(1)%2 == 0 {
				rw.WriteHeader(http.StatusNotFound)
			}
		}))
		w.configure(originURL+"/live", "AdDecisionServerUrl", "http://ads.example/vast?d=[session.avail_duration_secs]&gdpr_consent=[player_params.gdpr_consent]")
		ch := w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec).tag(112*sec, "#EXT-X-SPLICEPOINT-SCTE35:/DAtheywrotethis"))
		ch.serve("origin.example")
		const secret = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
		plain := w.join("master.m3u8?ads.gdpr_consent=" + secret)
		debug := w.join("master.m3u8?aws.logMode=DEBUG&ads.gdpr_consent=" + secret)
		w.sample(`"PercentEnabled":100,"AdsInteractionLog":{"ExcludeEventTypes":["VAST_RESPONSE"]}`)
		sampled := w.join("master.m3u8?ads.gdpr_consent=" + secret)
		for w.now() < 40*sec {
			for _, p := range []*client{plain, debug, sampled} {
				p.poll()
			}
			w.until(w.now() + sec)
		}
		for _, p := range []*client{plain, debug, sampled} {
			w.get(w.documents(p.id).url)
		}
		// An origin that fails is an event of each session that meets it.
		w.net.host("origin.example", http.NotFoundHandler())
		for _, query := range []string{"", "aws.logMode=DEBUG"} {
			w.get("http://viewer.example/v1/master/" + w.hash + "/" + configuration + "/other.m3u8?" + query)
		}
		if !bytes.Contains(w.log.bytes(), []byte(`"MANIFEST_ERROR"`)) {
			t.Error("no event of an origin that fails")
		}
		if got := w.events(plain.id); len(got) > 0 {
			t.Errorf("a session that is not sampled has the events %v", got)
		}
		ads := []string{"AD_MARKER_FOUND", "MAKING_ADS_REQUEST", "FILLED_AVAIL", "SCTE35_PARSING_ERROR", "ERROR_FIRING_BEACON_FAILED", "BEACON_FIRED"}
		for _, c := range []struct {
			id          string
			want, never []string
		}{
			{sampled.id, ads, []string{"VAST_RESPONSE", "GENERATED_MANIFEST", "ORIGIN_MANIFEST", "SESSION_INITIALIZED", "TRACKING_RESPONSE", "RAW_ADS_RESPONSE"}},
			{debug.id, append(ads, "VAST_RESPONSE", "GENERATED_MANIFEST", "ORIGIN_MANIFEST", "SESSION_INITIALIZED", "TRACKING_RESPONSE"), []string{"RAW_ADS_RESPONSE"}},
		} {
			got := w.events(c.id)
			for _, e := range c.want {
				if !slices.Contains(got, e) {
					t.Errorf("no %s among %v", e, slices.Compact(slices.Sorted(slices.Values(got))))
				}
			}
			count := map[string]int{}
			for _, e := range got {
				count[e]++
			}
			if n := count["SCTE35_PARSING_ERROR"]; n != 1 {
				t.Errorf("a marker that cannot be read is logged %d times", n)
			}
			if n := count["ORIGIN_MANIFEST"]; n > 12 {
				t.Errorf("in 40 s the origin's manifest is logged %d times", n)
			}
			for _, e := range c.never {
				if slices.Contains(got, e) {
					t.Errorf("%s, which was not to be logged", e)
				}
			}
		}
		if strings.Contains(string(w.log.bytes()), secret) {
			t.Error("the log tells a consent string")
		}
	})
}

// sample sets the LogConfiguration.
func (w *world) sample(members string) {
	w.t.Helper()
	r, err := config.ParseLogsRequest([]byte(`{"PlaybackConfigurationName":"` + configuration + `",` + members + `}`))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.configurations.ConfigureLogs(context.Background(), r); err != nil {
		w.t.Fatal(err)
	}
}
