package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

const adsLatency = 100 * time.Millisecond

// adServerState is what the ad server tells of itself.
type adServerState struct {
	URL string
	// Asked is how many requests there were, Most how many at once.
	Asked, Most int
}

// adServer answers every ad request with three ads after adsLatency; it notices
// who has hung up.
func adServer(in *json.Decoder, out *json.Encoder) error {
	var mu sync.Mutex
	var state adServerState
	under := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		under++
		state.Asked, state.Most = state.Asked+1, max(state.Most, under)
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			under--
		}()
		select {
		case <-time.After(adsLatency):
			_, _ = io.WriteString(w, threeAds)
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	state.URL = server.URL
	for {
		var question struct{}
		if err := in.Decode(&question); err != nil {
			return err
		}
		mu.Lock()
		answer := state
		mu.Unlock()
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

var threeAds = func() string {
	var t strings.Builder
	t.WriteString(`<VAST version="4.2">`)
	for i := range 3 {
		fmt.Fprintf(&t, `<Ad id="a%[1]d" sequence="%[2]d"><InLine><AdSystem>bench</AdSystem><AdTitle>%[1]d</AdTitle><Impression><![CDATA[http://t.example/i?a=%[1]d&cb=[CACHEBUSTING]]]></Impression>`+
			`<Creatives><Creative id="c%[1]d"><UniversalAdId idRegistry="b">u%[1]d</UniversalAdId><Linear><Duration>00:00:10</Duration><TrackingEvents>`, i, i+1)
		for _, e := range []string{"start", "firstQuartile", "midpoint", "thirdQuartile", "complete"} {
			fmt.Fprintf(&t, `<Tracking event="%s"><![CDATA[http://t.example/%[1]s?a=%d&cb=[CACHEBUSTING]]]></Tracking>`, e, i)
		}
		fmt.Fprintf(&t, `</TrackingEvents><MediaFiles><MediaFile delivery="progressive" type="video/mp4" width="1280" height="720" bitrate="4000">http://m.example/%d.mp4</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, i)
	}
	t.WriteString(`</VAST>`)
	return t.String()
}()
