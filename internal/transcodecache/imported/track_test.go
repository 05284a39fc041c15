package imported

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/profile"
)

// What a playlist is relative to is where it came from (RFC 3986 §5.1.3), and
// the multivariant playlist's variables count in it (RFC 8216bis §4.3).
func TestTrackURIs(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "https", Host: "ads.example", Path: "/a/b/v.m3u8"}
	got, err := readTrack([]byte("#EXTM3U\n#EXT-X-VERSION:8\n#EXT-X-TARGETDURATION:2\n#EXT-X-DEFINE:IMPORT=\"t\"\n#EXT-X-MAP:URI=\"../i%2Fi.mp4\"\n"+
		"#EXTINF:2,\n1.m4s?k={$t}#x\n#EXTINF:2,\n/c/2.m4s\n#EXTINF:2,\nhttps://ads.example/3.m4s\n#EXTINF:0.5,\n4.m4s\n#EXT-X-ENDLIST\n"),
		base, map[string]string{"t": "7"}, 2*perSecond)
	if err != nil {
		t.Fatal(err)
	}
	urls := []string{got.init.url}
	for _, p := range got.segments {
		urls = append(urls, p.url)
	}
	want := "https://ads.example/a/i%2Fi.mp4 https://ads.example/a/b/1.m4s?k=7 https://ads.example/c/2.m4s https://ads.example/3.m4s https://ads.example/a/b/4.m4s"
	if s := strings.Join(urls, " "); s != want || got.container != profile.FMP4 || got.duration() != 6_500_000 {
		t.Errorf("%s, %s, %d µs; want\n%s", s, got.container, got.duration(), want)
	}
}

// FuzzReadTrack: whatever an advertiser writes, a track is whole, in the clear,
// of lawful segments, and on the server that the playlist came from; what isn't
// is refused with one of the reasons.
func FuzzReadTrack(f *testing.F) {
	for _, seed := range []string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.000000,\na.ts\n#EXTINF:1,\nb.ts\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"i.mp4\",BYTERANGE=\"10@0\"\n#EXTINF:2,\n#EXT-X-BYTERANGE:5@10\na.m4s\n#EXTINF:2,\n#EXT-X-BYTERANGE:5\na.m4s\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:2,\na.ts\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:2,\nb.ts\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n//127.0.0.1/a.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
	} {
		f.Add(seed)
	}
	allowed := map[avail.Reason]bool{avail.CreativeUnfetchable: true, avail.ContainerMismatch: true, avail.SegmentTooLong: true}
	f.Fuzz(func(t *testing.T, text string) {
		base := &url.URL{Scheme: "https", Host: "ads.example", Path: "/v.m3u8"}
		got, err := readTrack([]byte(text), base, nil, 2*perSecond)
		if err != nil {
			if fault, ok := errors.AsType[*Refusal](err); !ok || !allowed[fault.Reason] {
				t.Fatalf("%v", err)
			}
			return
		}
		pieces := got.segments
		if got.init != nil {
			pieces = append([]piece{{url: got.init.url, part: got.init.part, duration: perSecond}}, pieces...)
		}
		for i, p := range pieces {
			u, err := url.Parse(p.url)
			if err != nil || u.Scheme != "https" || u.Host != "ads.example" {
				t.Errorf("%q: %v", p.url, err)
			}
			if p.part != nil && (p.part.Length < 0 || p.part.Offset < 0) {
				t.Errorf("range %+v", p.part)
			}
			if p.duration <= 0 || p.duration > 2*perSecond+frameSlack || p.duration < encode.MinSegment && i < len(pieces)-1 {
				t.Errorf("segment %d lasts %d µs", i, p.duration)
			}
		}
		if g := got.grid(); g.Segments() != len(got.segments) || g.Time(g.Total()) != got.duration() {
			t.Errorf("grid %v", g)
		}
	})
}
