package lint

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// stream is a live origin in the test's own time: two renditions of segments of
// two seconds, with a break of three ad segments in every ten. Its faults are
// the fields that are set.
type stream struct {
	began time.Time
	// edge, where set, changes the number of the newest segment.
	edge func(path string, edge int64) int64
	// text, where set, changes a playlist.
	text func(path string, edge int64, text string) string
	// answer, where set, answers a request itself if it says so.
	answer func(w http.ResponseWriter, req *http.Request, elapsed time.Duration) bool
	// headers, where set, changes what an answer is sent with.
	headers func(path string, h http.Header)
	ended   bool
	asked   map[string]int
}

const (
	streamFirst  = 1000 // the newest segment's number when the stream is met
	streamWindow = 6
	streamSecs   = 2
)

const streamMulti = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
video.m3u8
`

func streamAd(n int64) bool { return n%10 >= 4 && n%10 <= 6 }

// streamTag is whether a segment has DISCONTINUITY: each ad, and the return.
func streamTag(n int64) bool { return streamAd(n) || streamAd(n-1) }

// playlist is the media playlist of a rendition whose newest segment is edge.
func (s *stream) playlist(path string, edge int64) string {
	var b strings.Builder
	head := edge - streamWindow + 1
	number := int64(0)
	for n := int64(streamFirst - 100); n < head; n++ {
		if streamTag(n) {
			number++
		}
	}
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n",
		streamSecs, head, number)
	for n := head; n <= edge; n++ {
		if streamTag(n) {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n*streamSecs) * time.Second)
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:2.000,\n", at.Format("2006-01-02T15:04:05.000Z"))
		if streamAd(n) {
			fmt.Fprintf(&b, "/v1/segment/%s-ad%d.ts\n", strings.TrimSuffix(path[1:], ".m3u8"), n)
		} else {
			fmt.Fprintf(&b, "%s-%d.ts\n", strings.TrimSuffix(path[1:], ".m3u8"), n)
		}
	}
	if s.ended {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return b.String()
}

func (s *stream) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := req.URL.Path
	s.asked[path]++
	elapsed := time.Since(s.began)
	if s.answer != nil && s.answer(w, req, elapsed) {
		return
	}
	var body string
	kind := "application/vnd.apple.mpegurl"
	edge := streamFirst + int64(elapsed/(streamSecs*time.Second))
	if s.edge != nil {
		edge = s.edge(path, edge)
	}
	switch {
	case path == "/multi.m3u8":
		body = streamMulti
	case strings.HasSuffix(path, ".m3u8"):
		body = s.playlist(path, edge)
	default:
		body, kind = "segment", "video/mp2t"
	}
	if s.text != nil {
		body = s.text(path, edge, body)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	if s.headers != nil {
		s.headers(path, h)
	}
	fmt.Fprint(w, body)
}

// client sends requests to the stream without a network, so that they take no
// time.
func (s *stream) client() *http.Client {
	s.began, s.asked = time.Now(), map[string]int{}
	serial := make(chan struct{}, 1)
	return &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		serial <- struct{}{}
		defer func() { <-serial }()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		resp := w.Result()
		resp.Request = req
		return resp, nil
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
