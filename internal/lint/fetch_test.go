package lint

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/manifest/hls/check/listing"
)

func TestPlaylistType(t *testing.T) {
	for _, test := range []struct {
		kind, path string
		want       bool
	}{
		{"application/vnd.apple.mpegurl", "/v1/manifest", true},
		{"Application/VND.apple.mpegURL; charset=utf-8", "/a", true},
		{"audio/mpegurl", "/a", true},
		{"application/x-mpegURL", "/a.m3u8", true},
		{"application/x-mpegURL", "/a", false},
		{"text/plain", "/a.m3u8", false},
		{"", "/a.m3u8", false},
	} {
		if got := playlistType(test.kind, test.path); got != test.want {
			t.Errorf("%q at %s: %t", test.kind, test.path, got)
		}
	}
}

func TestCacheable(t *testing.T) {
	for _, test := range []struct {
		control string
		shared  bool
		seconds int64
	}{
		{"", true, -1},
		{"no-store", false, 0},
		{"public, max-age=2", true, 2},
		{"max-age=60, s-maxage=1", true, 1},
		{"s-maxage=1,max-age=60", true, 1},
		{"private, max-age=0", false, 0},
		{"Private, Max-Age=9", false, 9},
		{"max-age=x", true, -1},
	} {
		if shared, seconds := cacheable(test.control); shared != test.shared || seconds != test.seconds {
			t.Errorf("%q: shared %t for %d s", test.control, shared, seconds)
		}
	}
}

func TestStitched(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://a/v1/segment/h/c/s/0/1":             true,
		"http://cdn/prefix/v1/segment/h/c/s/0/1.ts": true,
		"http://a/tm/h/c/asset/0.ts":                true,
		"http://a/live/tm/0.ts":                     false,
		"http://a/video-1.ts?x=/v1/segment/":        false,
		"http://[":                                  false,
	} {
		if got := stitched(uri); got != want {
			t.Errorf("%s: %t", uri, got)
		}
	}
}

func TestNames(t *testing.T) {
	for want, v := range map[string]listing.Variant{
		"video-640x360": {Codecs: "avc1.4d401e,mp4a.40.2", Resolution: "640x360"},
		"video":         {Codecs: "avc1.4d401e"},
		"audio":         {Codecs: "mp4a.40.2"},
		"iframes-1x1":   {Resolution: "1x1", IFrames: true},
	} {
		if got := variantName(v); got != want {
			t.Errorf("%+v is named %s", v, got)
		}
	}
	if got := mediaName(listing.Media{Type: "SUBTITLES", Name: "Deutsch"}); got != "subtitles-Deutsch" {
		t.Error(got)
	}
}

// TestProbes pins what is asked for of fragmented MP4 in byte ranges: the MAP
// once, each range once, a kilobyte at most, no GAP.
func TestProbes(t *testing.T) {
	var asked []string
	s := &stream{}
	s.answer = func(w http.ResponseWriter, req *http.Request, _ time.Duration) bool {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if req.URL.Path == "/media" {
			h.Set("Content-Type", "audio/mpegurl")
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"800@0\"\n"+
				"#EXTINF:2,\n#EXT-X-BYTERANGE:5000@800\na.mp4\n#EXTINF:2,\n#EXT-X-BYTERANGE:300\na.mp4\n"+
				"#EXT-X-GAP\n#EXTINF:2,\ngap.mp4\n#EXTINF:2,\nb.mp4\n#EXT-X-ENDLIST\n")
			return true
		}
		asked = append(asked, req.URL.Path+" "+req.Header.Get("Range"))
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, "x")
		return true
	}
	synctest.Test(t, func(t *testing.T) {
		report, err := Run(t.Context(), Options{URL: "http://origin.example/media", Client: s.client()}, t.Output())
		if err != nil || report.Violations() > 0 || report.Fetched != 4 {
			t.Errorf("%+v %v", report, err)
		}
	})
	slices.Sort(asked)
	want := []string{"/a.mp4 bytes=0-799", "/a.mp4 bytes=5800-6099", "/a.mp4 bytes=800-1823", "/b.mp4 bytes=0-1023"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
