package nodes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// segment is the duration of a segment of the content; a break of breakLength
	// segments begins with each segment whose number is a multiple of breakEvery.
	segment                 = 2 * time.Second
	breakEvery, breakLength = 12, 4
	// window is how many segments the origin lists.
	window = 10
	// adsPerBreak is how many ads fill a break, each half as long as it.
	adsPerBreak = 2
)

// events are what is tracked of each ad.
var events = []string{"impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"}

// media are the content and the creatives, made once.
var media = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "stitcher-nodes-media-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input := func(picture, seconds string) []string {
		return []string{
			"-nostdin", "-v", "error", "-f", "lavfi", "-i", picture + "=size=160x90:rate=10:duration=" + seconds,
			"-f", "lavfi", "-i", "sine=sample_rate=48000:duration=" + seconds,
			"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-ac", "2",
		}
	}
	for _, args := range [][]string{
		append(input("testsrc", "12"), "-force_key_frames", "expr:gte(t,n_forced*2)", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts", "content%d.ts"),
		append(input("smptebars", "4"), "creative0.mp4"),
		append(input("rgbtestsrc", "4"), "creative1.mp4"),
	} {
		cmd := exec.Command("ffmpeg", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ffmpeg: %w: %s", err, out)
		}
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, err
})

// world is an origin with a live channel, an ad server and its tracking host.
type world struct {
	base  string
	began time.Time

	// fault is what happens to requests to the origin, the ad server and the tracking host.
	fault atomic.Pointer[upstreamFault]

	mu sync.Mutex
	// asked counts ad requests by session and avail, beacons by session, avail, ad and
	// event.
	asked   map[string]int
	beacons map[string]int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed; run make deps")
	}
	files, err := media()
	if err != nil {
		t.Fatal(err)
	}
	// The first break begins a few segments after the start.
	w := &world{began: time.Now(), asked: map[string]int{}, beacons: map[string]int{}}
	mux := http.NewServeMux()
	for name, playlist := range map[string]func() string{"live": func() string { return w.playlist(time.Now()) }, "title": title} {
		mux.HandleFunc("/"+name+"/index.m3u8", func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, "#EXTM3U\n")
			for i := range renditions {
				fmt.Fprintf(rw, "#EXT-X-STREAM-INF:BANDWIDTH=%d,CODECS=\"avc1.42c00a,mp4a.40.2\",RESOLUTION=160x90\nv%d.m3u8\n", 300_000+i, i)
			}
		})
		for i := range renditions {
			mux.HandleFunc(fmt.Sprintf("/%s/v%d.m3u8", name, i), func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, playlist()) })
		}
	}
	mux.HandleFunc("/ads", w.ads)
	mux.HandleFunc("/beacon", w.beacon)
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if n, ok := strings.CutPrefix(name, "segment"); ok {
			var number int
			_, _ = fmt.Sscanf(n, "%d.ts", &number)
			name = fmt.Sprintf("content%d.ts", number%6)
		}
		body, ok := files[name]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		_, _ = rw.Write(body)
	})
	server := httptest.NewServer(w.upstream(mux))
	t.Cleanup(server.Close)
	w.base = server.URL
	return w
}

// renditions is how many variants the channel has.
const renditions = 2

// number is the segment that is published last at a time. The first is in the middle
// between two breaks.
func (w *world) number(now time.Time) int64 {
	return 100*breakEvery + breakEvery/2 + int64(now.Sub(w.began)/segment)
}

// inBreak is whether the newest segment at a time belongs to a break, and how far the
// break has got.
func (w *world) inBreak(now time.Time) (bool, int64) {
	at := w.number(now) % breakEvery
	return at < breakLength, at
}

func (w *world) playlist(now time.Time) string {
	last := w.number(now)
	var t strings.Builder
	fmt.Fprintf(&t, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", last-window+1)
	for n := last - window + 1; n <= last; n++ {
		switch n % breakEvery {
		case 0:
			fmt.Fprintf(&t, "#EXT-X-CUE-OUT:%d\n", breakLength*segment/time.Second)
		case breakLength:
			t.WriteString("#EXT-X-CUE-IN\n")
		}
		at := w.began.Add(time.Duration(n-w.number(w.began)-1) * segment).UTC()
		fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:2.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
	}
	return t.String()
}

// title is a title with a break, encoded as the channel is.
func title() string {
	var t strings.Builder
	t.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:2\n")
	for n := range 8 {
		switch n {
		case 2:
			fmt.Fprintf(&t, "#EXT-X-CUE-OUT:%d\n", breakLength*segment/time.Second)
		case 2 + breakLength:
			t.WriteString("#EXT-X-CUE-IN\n")
		}
		fmt.Fprintf(&t, "#EXTINF:2.000,\nsegment%d.ts\n", n)
	}
	return t.String() + "#EXT-X-ENDLIST\n"
}

// ads answers with a pod whose beacons name the session, the avail and the ad.
func (w *world) ads(rw http.ResponseWriter, r *http.Request) {
	of := r.URL.Query().Get("s") + "/" + r.URL.Query().Get("i")
	w.mu.Lock()
	w.asked[of]++
	w.mu.Unlock()
	fmt.Fprint(rw, `<VAST version="4.2">`)
	for i := range adsPerBreak {
		fmt.Fprintf(rw, `<Ad id="ad%d" sequence="%d"><InLine><AdSystem>x</AdSystem><AdTitle>x</AdTitle><Impression><![CDATA[%s]]></Impression><Creatives><Creative id="c%d"><Linear><Duration>00:00:04</Duration><TrackingEvents>`,
			i, i+1, w.beaconURL(of, i, "impression"), i)
		for _, event := range events[1:] {
			fmt.Fprintf(rw, `<Tracking event=%q><![CDATA[%s]]></Tracking>`, event, w.beaconURL(of, i, event))
		}
		fmt.Fprintf(rw, `</TrackingEvents><MediaFiles><MediaFile delivery="progressive" type="video/mp4" width="160" height="90"><![CDATA[%s/creative%d.mp4]]></MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, w.base, i)
	}
	fmt.Fprint(rw, `</VAST>`)
}

func (w *world) beaconURL(of string, ad int, event string) string {
	return fmt.Sprintf("%s/beacon?of=%s&ad=%d&event=%s", w.base, of, ad, event)
}

func (w *world) beacon(_ http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := r.URL.Query()
	w.beacons[q.Get("of")+" "+q.Get("ad")+" "+q.Get("event")]++
}
