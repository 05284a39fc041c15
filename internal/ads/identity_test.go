package ads

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"stitcher/internal/playback/config"
)

// TestIdentity pins B-55: what a configuration says of the viewer is one value
// for all requests of a session, wrappers' and beacons' too.
func TestIdentity(t *testing.T) {
	c := &config.Configuration{AdDecisionServer: config.AdDecisionServer{Headers: map[string]string{
		"user-agent": "{{player_params.ua}} via {{session.user_agent}}", "X-Device-Make": "{{player_params.make}}",
		"Referer": "{{player_params.nobody}}", "X-Device-Long": "{{player_params.long}}", "X-Api-Key": "k",
		"X-Forwarded-For": "{{player_params.ip}}", "X-Device-IP": "{{player_params.ip}}",
	}}}
	d, base, got := overLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			fmt.Fprint(w, document(wrapper("w", "wrapped")))
			return
		}
		filled(w, r)
	})
	r := request()
	s := r.Session
	s.AdsParams = map[string]string{"ua": "TV/2", "make": "m\r\nX-Injected: 1", "long": strings.Repeat("x", 9000), "ip": "198.51.100.9"}
	s.Viewer.Referer = "https://site.example/"
	s.Headers = Identity(c, s)
	want := map[string]string{"User-Agent": "TV/2 via Player/1.0", "X-Device-Make": "m  X-Injected: 1", "X-Forwarded-For": "198.51.100.9", "X-Device-Ip": "198.51.100.9"}
	if !reflect.DeepEqual(s.Headers, want) {
		t.Errorf("headers %q, want %q", s.Headers, want)
	}
	r.Settings.AdDecisionServerURL, r.Settings.Server = base+"/?ip=[DEVICEIP]", c.AdDecisionServer
	d.Decide(t.Context(), r)
	if len(*got) != 2 {
		t.Fatalf("%d requests", len(*got))
	}
	if uri := (*got)[0].uri; !strings.HasSuffix(uri, "?ip=198.51.100.9") {
		t.Errorf("asked %s", uri) // macros tell what the headers do
	}
	for i, q := range *got {
		for name, values := range s.ViewerHeaders() { // what beacons carry
			if !reflect.DeepEqual(q.header[name], values) {
				t.Errorf("%s: %s is %q, want %q", q.uri, name, q.header[name], values)
			}
		}
		if key := q.header.Get("X-Api-Key"); (key != "") != (i == 0) {
			t.Errorf("%s: key %q", q.uri, key)
		}
		if q.header["X-Device-Long"] != nil || q.header.Get("Referer") != "https://site.example/" {
			t.Errorf("%s: %q", q.uri, q.header)
		}
	}
	if got := Identity(&config.Configuration{}, s); got != nil {
		t.Errorf("nothing configured: %q", got)
	}
}
