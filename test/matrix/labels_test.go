package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestLabelsAreClosed: nothing that a player, an ad server, an origin or a tracking
// host chooses becomes a label of a metric, so none of them can make series.
func TestLabelsAreClosed(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		const needle = "n33dle"
		w.tracked = true
		w.reopen()
		n := 0
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			n++
			text := strings.ReplaceAll(vast(4, 5), "beacons.example", fmt.Sprintf("%s%d.example", needle, n))
			text = strings.ReplaceAll(text, "ad-", needle+"-")
			text = strings.ReplaceAll(text, "</MediaFiles>", `</MediaFiles><TrackingEvents><Tracking event="`+needle+`">http://beacons.example/x</Tracking>`+
				`<Tracking event="progress" offset="00:00:01.`+fmt.Sprint(100+n)+`">http://beacons.example/p</Tracking></TrackingEvents>`)
			fmt.Fprint(rw, text)
		}
		w.net.host("beacons.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		w.channelWithAvail()
		for range 3 {
			w.join("master.m3u8?ads." + needle + "=" + needle + "&" + needle + "=1&aws.logMode=DEBUG").follow(w.now() + 60*sec)
			w.get("http://viewer.example/v1/" + needle)
			w.do(needle, "http://viewer.example/v1/master/0/"+needle+"/x.m3u8")
		}
		families, err := w.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		series := 0
		for _, f := range families {
			for _, m := range f.GetMetric() {
				series++
				if strings.Contains(m.String(), needle) || strings.Contains(m.String(), "example") {
					t.Errorf("%s has the series %s", f.GetName(), m.String())
				}
			}
		}
		if series < 20 {
			t.Errorf("only %d series", series)
		}
	})
}
