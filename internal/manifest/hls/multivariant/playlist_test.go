package multivariant

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/test/corpus"
)

const multivariantText = `#EXTM3U
#EXT-X-VERSION:11

## a comment
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-DEFINE:NAME="dir",VALUE="v"
#EXT-X-DEFINE:QUERYPARAM="token"
#EXT-X-CONTENT-STEERING:SERVER-URI="/steer?x=1",PATHWAY-ID="a"
#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key.bin"
#EXT-X-SESSION-DATA:DATA-ID="t",URI="title.json"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English, main",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a/en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="Muxed"
#EXT-X-MEDIA:URI="s/en.m3u8",TYPE=SUBTITLES,GROUP-ID="sub",NAME="English",LANGUAGE="en",FORCED=YES
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=6000000000,AVERAGE-BANDWIDTH=5000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="aac",SUBTITLES="sub",CLOSED-CAPTIONS="cc",SCORE=1.5
{$dir}/720.m3u8?t={$token}
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25,AUDIO="aac"
  https://cdn.example/360.m3u8  
#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="mp4a.40.2",AUDIO="aac"
a/en.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100000,URI="iframe.m3u8"
#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1000,URI="img.m3u8"
#EXT-X-MY-OWN:URI="untouched"
`

const multivariantWant = `#EXTM3U
#EXT-X-VERSION:11

## a comment
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-CONTENT-STEERING:SERVER-URI="https://o.example/steer?x=1",PATHWAY-ID="a"
#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="https://o.example/c/key.bin"
#EXT-X-SESSION-DATA:DATA-ID="t",URI="https://o.example/c/title.json"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English, main",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="../m/s/0.m3u8?q=1"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="Muxed"
#EXT-X-MEDIA:URI="../m/s/1.m3u8?q=1",TYPE=SUBTITLES,GROUP-ID="sub",NAME="English",LANGUAGE="en",FORCED=YES
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=6000000000,AVERAGE-BANDWIDTH=5000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="aac",SUBTITLES="sub",CLOSED-CAPTIONS="cc",SCORE=1.5
../m/s/2.m3u8?q=1
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25,AUDIO="aac"
  ../m/s/3.m3u8?q=1  
#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="mp4a.40.2",AUDIO="aac"
../m/s/0.m3u8?q=1
#EXT-X-MY-OWN:URI="untouched"
`

var base = &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/ch1/index.m3u8", RawQuery: "query_param=q1"}

func TestMultivariant(t *testing.T) {
	base, _ := url.Parse("https://o.example/c/i.m3u8?token=abc")
	for _, eol := range []string{"\n", "\r\n"} {
		m, err := Compile([]byte("\ufeff"+strings.ReplaceAll(multivariantText, "\n", eol)), base)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(multivariantWant, "\n", eol)
		if got := string(m.Append(nil, "../m/s/", "?q=1")); got != want {
			t.Errorf("%s", corpus.Difference(want, got))
		}
		wants := []Rendition{
			{Index: 0, Kind: Audio, URI: "https://o.example/c/a/en.m3u8", Variant: true, Group: "aac", Name: "English, main", Language: "en", Channels: "2", Default: true, Bandwidth: 200_000, Codecs: "mp4a.40.2", AudioGroup: "aac"},
			{Index: 1, Kind: Subtitles, URI: "https://o.example/c/s/en.m3u8", Group: "sub", Name: "English", Language: "en", Forced: true},
			{Index: 2, Kind: Video, URI: "https://o.example/c/v/720.m3u8?t=abc", Variant: true, Bandwidth: 6_000_000_000, AverageBandwidth: 5_000_000, Codecs: "avc1.64001f,mp4a.40.2", Width: 1280, Height: 720, FrameRate: 29.97, AudioGroup: "aac", SubtitlesGroup: "sub"},
			{Index: 3, Kind: Video, URI: "https://cdn.example/360.m3u8", Variant: true, Bandwidth: 3_000_000, Codecs: "avc1.64001e,mp4a.40.2", Width: 640, Height: 360, FrameRate: 25, AudioGroup: "aac"},
		}
		if len(m.Renditions) != len(wants) {
			t.Fatalf("%+v", m.Renditions)
		}
		for i, want := range wants {
			if m.Renditions[i] != want {
				t.Errorf("rendition %d is\n%+v, want\n%+v", i, m.Renditions[i], want)
			}
		}
		if m.Reference() != 2 || m.Variables["dir"] != "v" || m.Variables["token"] != "abc" {
			t.Errorf("reference %d, variables %v", m.Reference(), m.Variables)
		}
	}
}

// TestMultivariantForgives reads what some players play.
func TestMultivariantForgives(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"blanks before the header (shaka-player, ExoPlayer, m3u8-parser)", "\n #EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\np0.m3u8\n"},
		{"the last variant without a URI (hls.js, FFmpeg)", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\np0.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n"},
		{"a variant without a URI (hls.js, FFmpeg)", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=2\na.m3u8\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=2\np0.m3u8\n"},
		{"a URI alone (hls.js, FFmpeg)", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n* left intact\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\np0.m3u8\n"},
		{"a target duration (FFmpeg, m3u8-parser)", "#EXTM3U\n#EXT-X-TARGETDURATION:\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\np0.m3u8\n"},
		{"a rendition's URI without quotes, a blank after the colon (all)", "#EXTM3U\n#EXT-X-MEDIA: TYPE=AUDIO,GROUP-ID=a,URI=a.m3u8 ,NAME=a\n#EXT-X-STREAM-INF: BANDWIDTH = 1\nv.m3u8\n", "#EXTM3U\n#EXT-X-MEDIA: TYPE=AUDIO,GROUP-ID=a,URI=\"p0.m3u8\" ,NAME=a\n#EXT-X-STREAM-INF: BANDWIDTH = 1\np1.m3u8\n"},
		{"line ends of one CR (hls.js, shaka-player, FFmpeg)", "#EXTM3U\r#EXT-X-STREAM-INF:BANDWIDTH=1\ra.m3u8\r", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\np0.m3u8\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Compile([]byte(c.src), base)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.Append(nil, "p", "")); got != c.want || !Is([]byte(strings.ReplaceAll(c.src, "\r", "\n"))) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestMultivariantRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"nothing", "", "the playlist is empty"},
		{"HTML", "<html>", "line 1: this is HTML or XML, not a playlist"},
		{"media playlist", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n", "line 3: #EXTINF in a multivariant playlist"},
		{"no variant", "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"a.m3u8\"\n", "the multivariant playlist has no EXT-X-STREAM-INF with a URI"},
		{"no URI", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "the multivariant playlist has no EXT-X-STREAM-INF with a URI"},
		{"URI alone", "#EXTM3U\na.m3u8\n", "the multivariant playlist has no EXT-X-STREAM-INF with a URI"},
		{"long line", "#EXTM3U\n#" + strings.Repeat("x", syntax.MaxLine) + "\n", "line 2: longer than 1048576 bytes"},
		{"too many", "#EXTM3U\n" + manyVariants(maxRenditions+1), fmt.Sprintf("line %d: more than 2000 renditions", 2*maxRenditions+3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Compile([]byte(c.src), nil); err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func manyVariants(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=1\n%d.m3u8\n", i)
	}
	return b.String()
}

// TestLadderWithoutLibrary reads the ladder where the playlist library gives
// up: a blank line between tag and URI, attributes it does not take.
func TestLadderWithoutLibrary(t *testing.T) {
	m, err := Compile([]byte("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=x,RESOLUTION=1x1x1,FRAME-RATE=NaN\n\na.m3u8\n#EXT-X-STREAM-INF: BANDWIDTH =541107, CODECS=\"mp4a.40.2\" \n# why\nb.m3u8\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := m.Renditions[0], m.Renditions[1]
	if a.Kind != Video || a.Bandwidth != 0 || a.Width != 0 || a.FrameRate != 0 || math.IsNaN(a.FrameRate) {
		t.Errorf("%+v", a)
	}
	if b.Kind != Audio || b.Bandwidth != 541107 || m.Reference() != 0 {
		t.Errorf("%+v", b)
	}
}

// TestParseResolution reads what m3u8-parser takes for a resolution.
func TestParseResolution(t *testing.T) {
	for in, want := range map[string][2]int{
		"1280x720": {1280, 720}, "1280X720": {1280, 720}, "1280 x 720": {1280, 720}, "1280x720p": {1280, 720},
		"1x1x1": {}, "x": {}, "": {}, "1280": {}, "-1x2": {}, "99999x1": {},
	} {
		if w, h := parseResolution(in); w != want[0] || h != want[1] {
			t.Errorf("%q is %dx%d", in, w, h)
		}
	}
}

func TestReferenceWithoutVideo(t *testing.T) {
	m, err := Compile([]byte("#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"s\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\na.m3u8\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Reference() != 1 || m.Renditions[1].Kind.String() != "audio" {
		t.Errorf("reference is %d of %+v", m.Reference(), m.Renditions)
	}
}

func TestSingle(t *testing.T) {
	for audioOnly, want := range map[bool]string{
		false: "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=5000000\np/0.m3u8\n",
		true:  "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=192000,CODECS=\"mp4a.40.2\"\np/0.m3u8\n",
	} {
		m, err := Single("https://o.example/a.m3u8?x=1", audioOnly)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(m.Append(nil, "p/", "")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if r := m.Renditions[0]; r.URI != "https://o.example/a.m3u8?x=1" || (r.Kind == Audio) != audioOnly || m.Reference() != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestMultivariantCorpus reads the corpus's multivariant playlists. Written
// back with its own URIs, one differs from what was read in nothing but the
// lines that are left out.
func TestMultivariantCorpus(t *testing.T) {
	dropped := regexp.MustCompile(`^#EXT-X-(I-FRAME-STREAM-INF|IMAGE-STREAM-INF|TARGETDURATION)[: ]`)
	ours := regexp.MustCompile(`<<(\d+)\.m3u8>>`)
	read := 0
	corpus.Each(t, "hls", ".m3u8", func(t *testing.T, name string, src []byte) {
		if !Is(src) {
			return
		}
		m, err := Compile(src, nil)
		if err != nil {
			t.Logf("refused: %v", err)
			return
		}
		read++
		if strings.Contains(string(src), "#EXT-X-DEFINE") {
			return // the text differs wherever a value was put in
		}
		got := ours.ReplaceAllStringFunc(string(m.Append(nil, "<<", ">>")), func(s string) string {
			var n int
			fmt.Sscanf(s, "<<%d.m3u8>>", &n)
			return m.Renditions[n].URI
		})
		var want strings.Builder
		pending := false
		for line := range strings.Lines(strings.TrimLeft(strings.TrimPrefix(string(src), "\ufeff"), " \t\r\n")) {
			text := strings.TrimSpace(line)
			if text != "" && text[0] != '#' {
				if !pending {
					continue // a URI without EXT-X-STREAM-INF
				}
				pending = false
			}
			pending = pending || strings.HasPrefix(text, "#EXT-X-STREAM-INF")
			if !dropped.MatchString(text) {
				want.WriteString(line)
			}
		}
		if got != want.String() {
			t.Error(corpus.Difference(want.String(), got))
		}
		p, _ := listing.ReadPresentation(src, nil)
		if p == nil {
			return
		}
		for _, v := range p.Variants {
			if !v.IFrames && !strings.Contains(got, v.URI) {
				t.Errorf("a strict client sees the variant %q", v.URI)
			}
		}
	})
	t.Logf("%d read", read)
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(multivariantText))
	f.Add([]byte("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n\n  a \n#EXT-X-KEY:METHOD=AES-128\n\nb"))
	f.Add([]byte("#EXTM3U\r\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"\",GROUP-ID=\"a\r\n#EXT-X-STREAM-INF:\r\n//h/x\r\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Compile(src, base)
		if err != nil {
			return
		}
		if n := m.Reference(); n < 0 || n >= len(m.Renditions) {
			t.Fatalf("reference %d of %d", n, len(m.Renditions))
		}
		for i, r := range m.Renditions {
			if r.Index != i || r.URI == "" || r.Kind < Video || r.Kind > Subtitles || r.Bandwidth < 0 || math.IsNaN(r.FrameRate) {
				t.Fatalf("%+v", r)
			}
		}
		out := m.Append(nil, "p/", "")
		again, err := Compile(out, nil)
		if err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
		if len(again.Renditions) != len(m.Renditions) {
			t.Fatalf("%d renditions became %d\n%q", len(m.Renditions), len(again.Renditions), out)
		}
	})
}
