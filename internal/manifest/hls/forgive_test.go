package hls

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
)

// describeSegments is what a template's segments are, "duration uri" each.
func describeSegments(t *Template) string {
	var out []string
	for i := range t.Segments {
		r := t.Resource(i)
		d := string(syntax.AppendSeconds(nil, t.Segments[i].Duration)) + " " + strings.TrimPrefix(r.URI, "https://o.example/")
		if r.Length > 0 {
			d += fmt.Sprintf(" %d@%d", r.Length, r.Offset)
		}
		out = append(out, d)
	}
	return strings.Join(out, "; ")
}

// TestCompileForgivesLines puts one bad line between good ones: it costs one
// segment at most, and comes out as it was written (issue 10; the first is
// futzu/SCTE-35_HLS_x9k3#18). What players do was read in the sources of hls.js
// 1.7.4, shaka-player 5.2.12, m3u8-parser 7.2.0, videojs-http-streaming 3.17.5
// and FFmpeg's hls.c.
func TestCompileForgivesLines(t *testing.T) {
	const good = "6.000 a.ts; 6.000 b.ts; 6.000 c.ts"
	for _, c := range []struct{ name, players, line, want string }{
		// What stands for the second segment's "#EXTINF:6,\nb.ts".
		{"negative", "FFmpeg 1 ms, hls.js 0, m3u8-parser the target duration", "#EXTINF:-0.000011,\nb.ts", "6.000 a.ts; 0.000 b.ts; 6.000 c.ts"},
		{"negative seconds", "as above", "#EXTINF:-6,\nb.ts", "6.000 a.ts; 0.000 b.ts; 6.000 c.ts"},
		{"exponent", "FFmpeg and shaka-player read the number", "#EXTINF:1e-05,\nb.ts", "6.000 a.ts; 0.00001 b.ts; 6.000 c.ts"},
		{"great exponent", "as above", "#EXTINF:6.5E+0,\nb.ts", "6.000 a.ts; 6.500 b.ts; 6.000 c.ts"},
		{"absurd exponent", "m3u8-parser the target duration", "#EXTINF:1e9999999999,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"sign", "FFmpeg and shaka-player read the number", "#EXTINF:+5.5,\nb.ts", "6.000 a.ts; 5.500 b.ts; 6.000 c.ts"},
		{"NaN", "m3u8-parser the target duration", "#EXTINF:NaN,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"infinite", "as above", "#EXTINF:inf,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"word", "as above", "#EXTINF:abc,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"empty", "as above", "#EXTINF:,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"nothing", "as above", "#EXTINF:\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"no colon", "as above", "#EXTINF\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"longer than a day", "all take it as it is; nothing lasts that long", "#EXTINF:99999999999999999999999,\nb.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"a unit", "all read the number", "#EXTINF:6.006s,\nb.ts", "6.000 a.ts; 6.006 b.ts; 6.000 c.ts"},
		{"a blank for the comma", "all read the number", "#EXTINF:6.006 title\nb.ts", "6.000 a.ts; 6.006 b.ts; 6.000 c.ts"},
		{"no EXTINF", "m3u8-parser the target duration, hls.js 0", "b.ts", "6.000 a.ts; 7.000 b.ts; 6.000 c.ts"},
		{"two EXTINF", "all take the last", "#EXTINF:5,\n#EXTINF:6,\nb.ts", good},
		{"range", "m3u8-parser asks for the whole", "#EXTINF:6,\n#EXT-X-BYTERANGE:x@y\nb.ts", good},
		{"range without an offset behind @", "m3u8-parser", "#EXTINF:6,\n#EXT-X-BYTERANGE:587500@\nb.ts", good},
		{"negative range", "all", "#EXTINF:6,\n#EXT-X-BYTERANGE:-5\nb.ts", good},
		{"range in quotes", "hls.js", "#EXTINF:6,\n#EXT-X-BYTERANGE:\"10@1\"\nb.ts", "6.000 a.ts; 6.000 b.ts 10@1; 6.000 c.ts"},
		{"key whose quote is open", "shaka-player and FFmpeg take the rest of the line", "#EXT-X-KEY:METHOD=AES-128,URI=\"https://o.example/k\n#EXTINF:6,\nb.ts", good},
		{"key without attributes", "all ignore it", "#EXT-X-KEY\n#EXT-X-KEY:\n#EXTINF:6,\nb.ts", good},
		{"MAP without a URI", "m3u8-parser", "#EXT-X-MAP:BYTERANGE=\"10@0\"\n#EXTINF:6,\nb.ts", good},
		{"MAP without attributes", "hls.js", "#EXT-X-MAP\n#EXTINF:6,\nb.ts", good},
		{"date", "hls.js ignores it", "#EXT-X-PROGRAM-DATE-TIME:yesterday\n#EXTINF:6,\nb.ts", good},
		{"date range", "hls.js ignores it", "#EXT-X-DATERANGE:ID=\"x,START-DATE=\"2026\n#EXTINF:6,\nb.ts", good},
		{"bit rate", "all ignore it", "#EXT-X-BITRATE:x\n#EXTINF:6,\nb.ts", good},
		{"long title", "all", "#EXTINF:6," + strings.Repeat("x", 100<<10) + "\nb.ts", good},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:7\n#EXTINF:6,\na.ts\n" + c.line + "\n#EXTINF:6,\nc.ts\n#EXT-X-ENDLIST\n"
			tpl, err := Compile([]byte(src), Options{Base: &url.URL{Scheme: "https", Host: "o.example", Path: "/"}})
			if err != nil {
				t.Fatalf("%s: %v", c.players, err)
			}
			if got := describeSegments(tpl); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.players, got, c.want)
			}
			got := string(tpl.Append(nil, whole(tpl)))
			for _, uri := range []string{"a.ts", "b.ts", "c.ts"} {
				src = strings.Replace(src, "\n"+uri, "\nhttps://o.example/"+uri, 1)
			}
			if got != src {
				t.Errorf("got\n%s\nwant\n%s", got, src)
			}
		})
	}
}

// TestCompileForgivesHeads reads playlists whose head some player forgives.
func TestCompileForgivesHeads(t *testing.T) {
	const segments = "#EXTINF:6,\na.ts\n#EXTINF:4.5,\nb.ts\n"
	for _, c := range []struct {
		name, players, src string
		target, sequence   int64
		out                string
	}{
		{"byte order mark, blank lines", "shaka-player, ExoPlayer and m3u8-parser trim", "\ufeff\r\n \n#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"indented", "as above", "  #EXTM3U\n  #EXT-X-TARGETDURATION:6\n  #EXTINF:6,\n  a.ts\n", 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n  #EXT-X-TARGETDURATION:6\n  #EXTINF:6,\n  a.ts\n"},
		{"more on the first line", "shaka-player and m3u8-parser read its beginning", "#EXTM3U8\n#EXT-X-TARGETDURATION:6\n" + segments, 6, 0, "#EXTM3U8\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"line ends of one CR", "hls.js, shaka-player, FFmpeg", strings.ReplaceAll("#EXTM3U\n#EXT-X-TARGETDURATION:6\n"+segments, "\n", "\r"), 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"zero bytes at the end", "FFmpeg ends the line there", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + segments + "\x00\x00\x00", 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"no target duration", "FFmpeg, videojs-http-streaming: the longest", "#EXTM3U\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n" + segments},
		{"target duration that is no number", "as above", "#EXTM3U\n#EXT-X-TARGETDURATION:six\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:six\n" + segments},
		{"negative target duration", "m3u8-parser ignores it", "#EXTM3U\n#EXT-X-TARGETDURATION:-6\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:-6\n" + segments},
		{"target duration of years", "m3u8-parser takes it", "#EXTM3U\n#EXT-X-TARGETDURATION:99999999\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:99999999\n" + segments},
		{"target duration with a unit", "all read the number", "#EXTM3U\n#EXT-X-TARGETDURATION:8s\n" + segments, 8, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:8s\n" + segments},
		{"sequence that is no number", "hls.js and m3u8-parser ignore it", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:gobblegobble\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n" + segments},
		{"negative sequence", "hls.js ignores it", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:-11\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n" + segments},
		{"sequence with a fraction", "all read the number before it", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:17.5\n" + segments, 6, 17, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:17\n" + segments},
		{"sequence past 64 bits", "FFmpeg keeps the last bits", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:18446744073709551617\n" + segments, 6, 1, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:1\n" + segments},
		{"discontinuity sequence that is no number", "hls.js and m3u8-parser ignore it", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-DISCONTINUITY-SEQUENCE:x\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n" + segments},
		{"skip that is no number", "hls.js ignores it", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-SKIP:SKIPPED-SEGMENTS=x\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"tags of a multivariant playlist", "hls.js plays a playlist that has EXTINF", "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO\n#EXT-X-TARGETDURATION:6\n" + segments + "#EXT-X-STREAM-INF:BANDWIDTH=1\n", 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
		{"type in lower case", "hls.js", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:vod\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:vod\n" + segments},
		{"the end twice", "all but hls.js", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + segments + "#EXT-X-ENDLIST\n#EXT-X-ENDLIST\n", 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments + "#EXT-X-ENDLIST\n"},
		{"version that is no number", "all ignore it", "#EXTM3U\n#EXT-X-VERSION:x\n#EXT-X-TARGETDURATION:6\n" + segments, 6, 0, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n" + segments},
	} {
		t.Run(c.name, func(t *testing.T) {
			tpl, err := Compile([]byte(c.src), Options{})
			if err != nil {
				t.Fatalf("%s: %v", c.players, err)
			}
			if tpl.Target != c.target || tpl.Sequence != c.sequence || len(tpl.Segments) == 0 {
				t.Errorf("%s: target %d, sequence %d, %d segments", c.players, tpl.Target, tpl.Sequence, len(tpl.Segments))
			}
			if got := string(tpl.Append(nil, whole(tpl))); got != c.out {
				t.Errorf("%s\ngot  %q\nwant %q", c.players, got, c.out)
			}
		})
	}
}

// TestCompileURIWithoutQuotes: all players take the URI of a KEY or a MAP without
// quotes; relative to our own playlist it would name nothing.
func TestCompileURIWithoutQuotes(t *testing.T) {
	src := `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=skd://x,KEYFORMAT="f"
#EXT-X-KEY: METHOD=AES-128 , URI=k?a=1 , IV=0x1
#EXT-X-MAP:URI=i.mp4,BYTERANGE=10@0
#EXTINF:6,
a.m4s
`
	want := strings.NewReplacer("URI=k?a=1 ,", `URI="https://o.example/v/k?a=1" ,`, "URI=i.mp4,", `URI="https://o.example/v/i.mp4",`,
		"\na.m4s", "\nhttps://o.example/v/a.m4s").Replace(src)
	tpl, err := Compile([]byte(src), Options{Base: &url.URL{Scheme: "https", Host: "o.example", Path: "/v/i.m3u8"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(tpl.Append(nil, whole(tpl))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if r := tpl.Init(0); r != (manifest.Resource{URI: "https://o.example/v/i.mp4", Offset: 0, Length: 10}) {
		t.Errorf("%+v", r)
	}
}

// TestCompileImplicitIV: the IV of a segment without EXTINF follows from its
// number too, and a key before its playlist's indented EXT-X-MEDIA-SEQUENCE counts
// from it. m3u8-parser takes a key without a method for AES-128.
func TestCompileImplicitIV(t *testing.T) {
	tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n #EXT-X-KEY:URI=\"k\"\n  #EXT-X-MEDIA-SEQUENCE: 7x\n#EXTINF:6,\na.ts\nb.ts\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := string(tpl.Append(nil, whole(tpl)))
	if strings.Count(got, ",IV=0x") != 2 || !strings.Contains(got, "7\n") || !strings.Contains(got, fmt.Sprintf("IV=0x%032x\nb.ts", 8)) {
		t.Errorf("got\n%s", got)
	}
}
