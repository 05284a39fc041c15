package stitch

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/playback"
)

// TestForward: the player's query goes to the origin with every request for a
// manifest (reference §2.2), and to nobody else.
func TestForward(t *testing.T) {
	base, err := url.Parse("https://origin.example/live/index.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ address, query, want string }{
		{"https://origin.example/live/v.m3u8", "", "https://origin.example/live/v.m3u8"},
		{"https://origin.example/live/v.m3u8", "token=a%2Fb&x", "https://origin.example/live/v.m3u8?token=a%2Fb&x"},
		{"https://ORIGIN.example/live/v.m3u8?v=1", "token=1", "https://ORIGIN.example/live/v.m3u8?v=1&token=1"},
		{"https://origin.example/v.m3u8?token=own", "token=1&b=2", "https://origin.example/v.m3u8?token=own&b=2"},
		{"https://cdn.example/v.m3u8", "token=1", "https://cdn.example/v.m3u8"},
		{"https://origin.example/v.m3u8", "&a=1&&b", "https://origin.example/v.m3u8?a=1&b"},
	} {
		if got := forward(c.address, base, c.query); got != c.want {
			t.Errorf("%s with %q is %s, want %s", c.address, c.query, got, c.want)
		}
	}
}

// TestLayoutsHaveNoQuery: players whose queries get the same answer from the origin have
// one layout, stored once. Each has its own query in the URLs of its playlists, also
// after a restart, and a stream of its own, because the origin may cut by query.
func TestLayoutsHaveNoQuery(t *testing.T) {
	const master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS=\"avc1.42c00a\"\nv.m3u8?own=1\n"
	files := map[string][]byte{
		"live/index.m3u8": []byte(master),
		"live/v.m3u8":     []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n"),
		"live/index.mpd": []byte(`<MPD type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z"><Period id="p" start="PT0S"><AdaptationSet mimeType="video/mp4">` +
			`<SegmentTemplate media="$Number$.m4s" duration="2"/><Representation id="v" bandwidth="1" codecs="avc1.42c00a"/></AdaptationSet></Period></MPD>`),
	}
	for asset, want := range map[string]string{
		"index.m3u8": "http://origin.example/live/v.m3u8?own=1&token=%d",
		"v.m3u8":     "http://origin.example/live/v.m3u8?of=source&token=%d",
		"index.mpd":  "http://origin.example/live/index.mpd?of=source&token=%d",
	} {
		t.Run(asset, func(t *testing.T) {
			s, _ := contentService(t, files)
			ids, streams := map[string]bool{}, map[string]bool{}
			for i := range 5 {
				p := &playback.Session{OriginQuery: fmt.Sprint("token=", i), ManifestQuery: fmt.Sprint("m=", i), Protocol: playback.ProtocolOf(asset)}
				var err error
				if p.Template, err = templateURL("http://origin.example/live?of=source", asset, p.OriginQuery); err != nil {
					t.Fatal(err)
				}
				l, err := s.layouts.discover(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				p.Layout = l.ID
				ids[l.ID], streams[l.Stream] = true, true
				other := layouts{facts: s.opt.Facts, manifests: s.opt.Manifests, unfit: s.profiles.unfit}
				again, err := other.get(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range []*layout{l, again} {
					if r := x.Renditions[0]; r.URL != fmt.Sprintf(want, i) || x.Stream != l.Stream || r.Name != l.Renditions[0].Name {
						t.Errorf("viewer %d: %+v in stream %s, want %s in %s", i, r, x.Stream, fmt.Sprintf(want, i), l.Stream)
					}
				}
			}
			if len(ids) != 1 || len(streams) != 5 {
				t.Errorf("%d layouts and %d streams of 5 viewers, want 1 and 5", len(ids), len(streams))
			}
		})
	}
	s, _ := contentService(t, files)
	before := discovered(t, s, "live/index.m3u8")
	files["live/index.m3u8"] = []byte(strings.ReplaceAll(master, "BANDWIDTH=1000", "BANDWIDTH=2000"))
	other, _ := contentService(t, files)
	if after := discovered(t, other, "live/index.m3u8"); after.ID == before.ID {
		t.Error("another answer of the origin is the same layout")
	}
}
