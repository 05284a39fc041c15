package sizing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"stitcher/internal/egress"
)

const (
	// segment is the duration of a segment of the content, and how often players ask for a
	// playlist. A break of breakLength segments begins with each segment whose number is a
	// multiple of breakEvery.
	segment                 = 6 * time.Second
	breakEvery, breakLength = 60, 20
	// window is how many segments the origin lists.
	window = 10
	// adsPerBreak is how many ads fill a break, adSegments how many segments they have.
	adsPerBreak = 8
	adLength    = breakLength * segment / adsPerBreak
	adSegments  = adsPerBreak * segmentsPerAd
	// segmentsPerAd is how many segments of six seconds an ad has; the last is shorter.
	segmentsPerAd = int((adLength + segment - 1) / segment)
)

// events are what is tracked of each ad, each by one URL.
var events = []string{"impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"}

// world is an origin with a live channel, an ad server and a tracking host, at a time that the
// test sets. Nothing of it has a network.
type world struct {
	now            atomic.Int64 // Unix microseconds
	began          time.Time
	asked, beacons atomic.Int64
}

// newWorld begins ten segments before a break.
func newWorld() *world {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	every := breakEvery * segment
	w := &world{began: at.Truncate(every).Add(every - 10*segment)}
	w.now.Store(w.began.UnixMicro())
	return w
}

func (w *world) clock() time.Time { return time.UnixMicro(w.now.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.now.Add(d.Microseconds()) }

// Do is the origin, the ad server and the tracking host.
func (w *world) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	var body string
	switch {
	case u.Host == "ads.example":
		w.asked.Add(1)
		body = vast
	case u.Host == "t.example":
		w.beacons.Add(1)
	case strings.HasSuffix(u.Path, "index.m3u8"):
		body = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720\nv.m3u8\n"
	default:
		body = w.playlist()
	}
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}, nil
}

// playlist is the channel's media playlist.
func (w *world) playlist() string {
	last := w.clock().UnixMicro() / segment.Microseconds()
	var t strings.Builder
	fmt.Fprintf(&t, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", segment/time.Second, last-window)
	for n := last - window; n < last; n++ {
		switch n % breakEvery {
		case 0:
			fmt.Fprintf(&t, "#EXT-X-CUE-OUT:%d\n", breakLength*segment/time.Second)
		case breakLength:
			t.WriteString("#EXT-X-CUE-IN\n")
		}
		at := time.UnixMicro(n * segment.Microseconds()).UTC()
		fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:6.000,\nhttps://content.example/channel/segment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
	}
	return t.String()
}

// vast is the answer of the ad server: a pod that fills the break.
var vast = func() string {
	var t strings.Builder
	t.WriteString(`<VAST version="4.2">`)
	for i := range adsPerBreak {
		fmt.Fprintf(&t, `<Ad id="campaign-4711-ad%[1]d" sequence="%[2]d"><InLine><AdSystem>An ad server</AdSystem><AdTitle>Ad %[1]d</AdTitle><Advertiser>An advertiser</Advertiser>`+
			`<Impression><![CDATA[http://t.example/impression?c=4711&a=%[1]d&u=0123456789abcdef&cb=[CACHEBUSTING]]]></Impression>`+
			`<Creatives><Creative id="c%[1]d"><UniversalAdId idRegistry="ad-id.org">CNPA%07[1]dH</UniversalAdId><Linear><Duration>00:00:%02[3]d</Duration><TrackingEvents>`, i, i+1, adLength/time.Second)
		for _, e := range events[1:] {
			fmt.Fprintf(&t, `<Tracking event="%[1]s"><![CDATA[http://t.example/%[1]s?c=4711&a=%[2]d&u=0123456789abcdef&cb=[CACHEBUSTING]]]></Tracking>`, e, i)
		}
		fmt.Fprintf(&t, `</TrackingEvents><MediaFiles><MediaFile delivery="progressive" type="video/mp4" width="1280" height="720" bitrate="4000">http://media.example/%d.mp4</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, i)
	}
	t.WriteString(`</VAST>`)
	return t.String()
}()
