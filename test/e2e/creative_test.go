//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// streamed is an ad whose creative is an HLS or DASH presentation, with the demo's
// ladder.
type streamed struct {
	// id is its name everywhere, and the name of its colour.
	id, colour string
	// seconds is its length, cut that of its segments.
	seconds, cut int
}

// streamedAds is the stock of a conditionedServer. The cuts of purple are right
// for the demo's content, whose target duration is 2 s: an ad segment may have
// half of it (splicing.md). Those of red are not.
func streamedAds() []streamed {
	return []streamed{{"purple", "0x8a2be2", 6, 1}, {"red", "0xd0202c", 6, 2}}
}

// ladder are the names of the media playlists of the demo, and of a creative
// made for it, in a format.
func ladder(format string) []string {
	if format != "ts" {
		return []string{"360", "540", "720", "audio"}
	}
	return []string{"360", "540", "720"}
}

// encode is the ffmpeg that makes the creative in a format: index.m3u8 or index.mpd in
// dir, and all that it names beside it.
func (c streamed) encode(t *testing.T, dir, format string) *exec.Cmd {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error"}
	for _, size := range []string{"640x360", "960x540", "1280x720"} {
		args = append(args, "-f", "lavfi", "-i", fmt.Sprintf("color=c=%s:size=%s:rate=25:duration=%d", c.colour, size, c.seconds))
	}
	// The encoder puts a frame before the sound. Sound that ended with the picture
	// would have one segment more, of what that shifts over the last cut, and
	// renditions of different numbers of segments are refused.
	args = append(args, "-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=550:sample_rate=48000:duration=%.2f", float64(c.seconds)-0.01))
	var streams []string
	for i, name := range ladder(format) {
		switch {
		case name == "audio":
			args = append(args, "-map", "3:a")
			streams = append(streams, "a:0,agroup:sound,default:yes,name:audio")
		case format != "ts":
			args = append(args, "-map", fmt.Sprintf("%d:v", i))
			streams = append(streams, fmt.Sprintf("v:%d,agroup:sound,name:%s", i, name))
		default:
			args = append(args, "-map", fmt.Sprintf("%d:v", i), "-map", "3:a")
			streams = append(streams, fmt.Sprintf("v:%d,a:%d,name:%s", i, i, name))
		}
	}
	gop := strconv.Itoa(25 * c.cut)
	args = append(args, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "500k",
		"-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-flags", "+cgop", "-c:a", "aac", "-b:a", "96k", "-ac", "2")
	if format == "dash" {
		args = append(args, "-f", "dash", "-seg_duration", strconv.Itoa(c.cut), "-adaptation_sets", "id=0,streams=v id=1,streams=a", "index.mpd")
		cmd := command(t, "ffmpeg", args...)
		cmd.Dir = dir
		return cmd
	}
	args = append(args, "-f", "hls", "-hls_time", strconv.Itoa(c.cut), "-hls_playlist_type", "vod", "-hls_flags", "independent_segments",
		"-master_pl_name", "index.m3u8", "-var_stream_map", strings.Join(streams, " "))
	if format == "cmaf" {
		args = append(args, "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "%v-init.mp4")
	}
	args = append(args, "-hls_segment_filename", "%v-%d"+extension(format), "%v.m3u8")
	cmd := command(t, "ffmpeg", args...)
	cmd.Dir = dir
	return cmd
}

func extension(format string) string {
	if format == "cmaf" {
		return ".m4s"
	}
	return ".ts"
}

// conditionedServer is an ad server whose creatives are HLS or DASH presentations, and
// their origin.
type conditionedServer struct {
	*httptest.Server
	dir string

	mu  sync.Mutex // guards log
	log []entry
}

// serveConditioned starts the ad server, and has its creatives made meanwhile:
// ready waits for them.
func serveConditioned(t *testing.T) (s *conditionedServer, ready func()) {
	t.Helper()
	s = &conditionedServer{dir: t.TempDir()}
	var making sync.WaitGroup
	for _, c := range streamedAds() {
		for _, format := range []string{"ts", "cmaf", "dash"} {
			dir := filepath.Join(s.dir, format, c.id)
			if err := os.MkdirAll(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			making.Go(func() {
				if out, err := c.encode(t, dir, format).CombinedOutput(); err != nil {
					t.Errorf("ffmpeg: %v: %s", err, out)
				}
			})
		}
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/ads", s.answer)
	routes.HandleFunc("/beacon", s.note)
	routes.HandleFunc("/error", s.note)
	routes.Handle("/media/", http.StripPrefix("/media", http.FileServer(http.Dir(s.dir))))
	s.Server = httptest.NewServer(routes)
	t.Cleanup(s.Close)
	t.Cleanup(making.Wait)
	return s, making.Wait
}

// template is the AdDecisionServerUrl of the server. A player names the ads that
// it is offered, in order, with a dash between them.
func (s *conditionedServer) template() string {
	return s.URL + "/ads?session=[session.uuid]&format=[player_params.format]&offer=[player_params.offer]&event=[scte.event_id]"
}

func (s *conditionedServer) note(_ http.ResponseWriter, r *http.Request) {
	e := entry{Kind: strings.TrimPrefix(r.URL.Path, "/"), Query: map[string]string{}, Headers: map[string]string{}}
	for name, values := range r.URL.Query() {
		e.Query[name] = values[0]
	}
	for name, values := range r.Header {
		e.Headers[name] = values[0]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, e)
}

func (s *conditionedServer) received(_ *testing.T, session string) (requests, beacons []entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.log {
		switch {
		case e.Query["session"] != session:
		case e.Kind == "ads":
			requests = append(requests, e)
		case e.Kind == "beacon":
			beacons = append(beacons, e)
		}
	}
	return requests, beacons
}

// complaints are the errors that a session reported, as "ad code".
func (s *conditionedServer) complaints(session string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, e := range s.log {
		if e.Kind == "error" && e.Query["session"] == session {
			list = append(list, e.Query["ad"]+" "+e.Query["code"])
		}
	}
	return list
}

// answer is a VAST document of what is offered.
func (s *conditionedServer) answer(w http.ResponseWriter, r *http.Request) {
	s.note(w, r)
	q := r.URL.Query()
	var b strings.Builder
	b.WriteString(`<VAST version="4.2" xmlns="http://www.iab.com/VAST">`)
	for i, id := range strings.Split(q.Get("offer"), "-") {
		for _, c := range streamedAds() {
			if c.id == id {
				s.inline(&b, c, i+1, q)
			}
		}
	}
	b.WriteString(`</VAST>`)
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, b.String())
}

func (s *conditionedServer) inline(b *strings.Builder, c streamed, place int, q url.Values) {
	of := url.Values{"ad": {c.id}, "session": {q.Get("session")}, "hop": {"inline"}, "req": {"0"}}.Encode() // it doesn't number its requests
	beacon := func(event string) string {
		return "<![CDATA[" + s.URL + "/beacon?" + of + "&event=" + event + "&cb=[CACHEBUSTING]]]>"
	}
	fmt.Fprintf(b, `<Ad id="%[1]s" sequence="%[2]d"><InLine><AdSystem>e2e</AdSystem><AdTitle>%[1]s</AdTitle>`, c.id, place)
	fmt.Fprintf(b, `<Error><![CDATA[%s/error?%s&code=[ERRORCODE]]]></Error><Impression>%s</Impression>`, s.URL, of, beacon("impression"))
	fmt.Fprintf(b, `<Creatives><Creative id="creative-%s"><Linear><Duration>00:00:%02d</Duration><TrackingEvents>`, c.id, c.seconds)
	for _, event := range events[1:] {
		fmt.Fprintf(b, `<Tracking event="%s">%s</Tracking>`, event, beacon(event))
	}
	kind, file := "application/vnd.apple.mpegurl", "index.m3u8"
	if q.Get("format") == "dash" {
		kind, file = "application/dash+xml", "index.mpd"
	}
	fmt.Fprintf(b, `</TrackingEvents><MediaFiles><MediaFile delivery="streaming" type="%s" width="1280" height="720">`+
		`<![CDATA[%s/media/%s/%s/%s]]></MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`,
		kind, s.URL, url.PathEscape(q.Get("format")), c.id, file)
}
