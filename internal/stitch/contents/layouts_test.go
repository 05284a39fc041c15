package contents

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/layouts"
)

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
				if p.Template, err = layouts.TemplateURL("http://origin.example/live?of=source", asset, p.OriginQuery); err != nil {
					t.Fatal(err)
				}
				l, err := s.layouts.Discover(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				p.Layout = l.ID
				ids[l.ID], streams[l.Stream] = true, true
				other := layouts.New(s.facts, s.manifests, s.profiles.Unfit)
				again, err := other.Get(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range []*layouts.Layout{l, again} {
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
