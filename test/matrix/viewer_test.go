package matrix

import (
	"net/http"
	"reflect"
	"testing"

	"stitcher/internal/stitch/records"
)

// TestConfiguredViewer pins B-55: what a configuration says of the viewer on ad
// requests is what a session's beacons say, to its end.
func TestConfiguredViewer(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		headers := func(agent string) map[string]any {
			return map[string]any{"HttpRequest": map[string]any{"Headers": map[string]string{
				"User-Agent": agent + "{{player_params.ua}}", "X-Device-Make": "m", "X-Api-Key": "k",
			}}}
		}
		w.configure(originURL+"/live", "AdDecisionServerConfiguration", headers("TV/"))
		var asked http.Header
		w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
			asked = r.Header
			_, _ = rw.Write([]byte(vast(1, 5)))
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		p := w.join("master.m3u8?ads.ua=2")
		w.configure(originURL+"/live", "AdDecisionServerConfiguration", headers("other/"))
		p.follow(60 * sec)
		if len(w.beacons.triggers) == 0 || asked.Get("X-Api-Key") != "k" {
			t.Fatalf("%d triggers, asked with %q", len(w.beacons.triggers), asked)
		}
		x := w.beacons.triggers[0]
		_, s, err := records.NewSource(w.store).Ad(t.Context(), x.Session, x.Avail, x.Ad)
		if err != nil {
			t.Fatal(err)
		}
		told := s.ViewerHeaders()
		if told.Get("User-Agent") != "TV/2" || told.Get("X-Device-Make") != "m" || told.Get("X-Api-Key") != "" {
			t.Errorf("beacons tell %q", told)
		}
		for name, values := range told {
			if !reflect.DeepEqual(asked[name], values) {
				t.Errorf("%s is %q on the ad request and %q on beacons", name, asked[name], values)
			}
		}
	})
}
