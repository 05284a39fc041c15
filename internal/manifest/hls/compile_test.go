package hls

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/manifest/hls/syntax"
)

// TestCompileRefuses wants one clear sentence for every bad input.
func TestCompileRefuses(t *testing.T) {
	const head = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
	for _, c := range []struct{ name, src, want string }{
		{"nothing", "", "the playlist is empty"},
		{"BOM alone", "\ufeff", "the playlist is empty"},
		{"HTML", "<!DOCTYPE html>\n<html>", "line 1: this is HTML or XML, not a playlist"},
		{"XML after blanks", "\n <?xml version=\"1.0\"?>", "line 1: this is HTML or XML, not a playlist"},
		{"JSON", `{"message":"no"}`, `line 1: "{\"message\":\"no\"}" is not #EXTM3U`},
		{"binary", "\x47\x40\x00\x10\x00", "line 1: a zero byte: this is not text"},
		{"no header", "#EXTINF:6,\na.ts\n", `line 1: "#EXTINF:6," is not #EXTM3U`},
		{"late header", "# hello\n#EXTM3U\n", `line 1: "# hello" is not #EXTM3U`},
		{"multivariant", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n", "line 2: it is a multivariant playlist"},
		{"only media", "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\"\n", "line 2: it is a multivariant playlist"},
		{"nothing but a header", "#EXTM3U\n#EXT-X-VERSION:3\n", "the playlist has neither EXT-X-TARGETDURATION nor segments"},
		{"no duration", head + "a.ts\n", `line 3: segment "a.ts" has no EXTINF`},
		{"long line", head + "#EXTINF:6," + strings.Repeat("x", syntax.MaxLine) + "\na.ts\n", "line 3: longer than 1048576 bytes"},
		{"too many segments", head + strings.Repeat("#EXTINF:6,\na\n", maxSegments+1), "the playlist has more than 50000 segments"},
		{"too many formats", head + manyFormats(), "line 19: EXT-X-KEY: more than 16 KEYFORMATs"},
		{"grows too large", head + "#EXT-X-DEFINE:NAME=\"v\",VALUE=\"" + strings.Repeat("v", 30000) + "\"\n" + strings.Repeat("#EXTINF:6,\n"+strings.Repeat("{$v}", 10)+"\n", 1000), "line 452: the playlist becomes larger than 67108864 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile([]byte(c.src), Options{})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			if multi := strings.Contains(c.want, "multivariant"); errors.Is(err, ErrMultivariant) != multi || multivariant.Is([]byte(c.src)) != multi {
				t.Errorf("ErrMultivariant is %t", errors.Is(err, ErrMultivariant))
			}
		})
	}
}

func manyFormats() string {
	var b strings.Builder
	for i := range 17 {
		b.WriteString("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"" + strings.Repeat("f", i+1) + "\"\n")
	}
	return b.String()
}

// TestCompileForgives wants what players play to be read.
func TestCompileForgives(t *testing.T) {
	src := "#EXTM3U\r\n\r\n  #EXT-X-TARGETDURATION: 5.5 \r\n#EXT-X-MEDIA-SEQUENCE: 7 \r\n#EXT-X-PLAYLIST-TYPE:LIVE\r\n" +
		"#EXTINF: 5.0000004 , title, with comma\r\n\r\n  a b.ts  \r\n#EXTINF:4\r\nb.ts"
	tpl, err := Compile([]byte(src), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if tpl.Target != 6 || tpl.Sequence != 7 || tpl.Type != "" || len(tpl.Segments) != 2 {
		t.Errorf("%+v", tpl)
	}
	if s := tpl.Segments[0]; s.Duration != 5_000_000 || tpl.URI(0) != "a b.ts" || tpl.Longest() != 5_000_000 {
		t.Errorf("%+v %q", s, tpl.URI(0))
	}
	want := strings.Replace(src, "#EXTM3U\r\n", "#EXTM3U\r\n#EXT-X-VERSION:3\r\n", 1)
	if got := string(tpl.Append(nil, whole(tpl))); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestCompileFacts reads what planners need.
func TestCompileFacts(t *testing.T) {
	tpl, err := Compile([]byte(`#EXTM3U
#EXT-X-TARGETDURATION:0
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:5
#EXT-X-I-FRAMES-ONLY
#EXTINF:4,
#EXT-X-BYTERANGE:100@1000
a.ts?token=1
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:10.5Z
#EXT-X-DISCONTINUITY
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"
#EXTINF:4.5,
#EXT-X-BYTERANGE:100
a.ts?token=2
#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@10"
#EXTINF:3,
http://other.example/live/a.ts
#EXT-X-ENDLIST
`), Options{Base: &url.URL{Scheme: "https", Host: "o.example", Path: "/live/index.m3u8"}})
	if err != nil {
		t.Fatal(err)
	}
	start, _ := syntax.ParseDate([]byte("2026-01-01T00:00:06.5Z"))
	if tpl.Version != 5 || tpl.Target != 5 || tpl.Discontinuity != 5 || !tpl.Ended || !tpl.IFramesOnly || !tpl.Dated || !tpl.Encrypted || !tpl.Mapped {
		t.Errorf("%+v", tpl)
	}
	for i, want := range []manifest.Segment{
		{Duration: 4_000_000, Time: start, Number: 5},
		{Duration: 4_500_000, Time: start + 4_000_000, Number: 6, Discontinuity: true},
		{Duration: 3_000_000, Time: start + 8_500_000, Number: 6},
	} {
		got := tpl.Segments[i]
		if got.Duration != want.Duration || got.Time != want.Time || got.Number != want.Number || got.Discontinuity != want.Discontinuity {
			t.Errorf("segment %d is %+v, want %+v", i, got, want)
		}
	}
	if tpl.Edge() != start+11_500_000 {
		t.Errorf("edge is %d", tpl.Edge())
	}
	if tpl.EncryptedAt(0) || !tpl.EncryptedAt(1) {
		t.Error("keys are not where they are")
	}
	if r := tpl.Resource(1); r != (manifest.Resource{URI: "https://o.example/live/a.ts?token=2", Offset: 1100, Length: 100}) {
		t.Errorf("%+v", r)
	}
	if r := tpl.Init(2); r != (manifest.Resource{URI: "https://o.example/live/init.mp4", Offset: 10, Length: 700}) || tpl.Init(1).URI != "" {
		t.Errorf("%+v", r)
	}
	if a, b := tpl.Segments[0].Identity, tpl.Segments[1].Identity; a == b {
		t.Error("two ranges of a file have one identity")
	}
}

// TestIdentity is the same through tokens and failovers, and no other way.
func TestIdentity(t *testing.T) {
	id := func(base, uri string) uint64 {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n"+uri+"\n"), Options{Base: u})
		if err != nil {
			t.Fatal(err)
		}
		return tpl.Segments[0].Identity
	}
	one := id("https://a.example/x/i.m3u8", "seg1.ts?t=1")
	for _, same := range [][2]string{
		{"https://a.example/x/i.m3u8", "seg1.ts?t=2"}, {"https://b.example:8443/x/i.m3u8?s=1", "/x/seg1.ts"}, {"https://a.example/x/y/i.m3u8", "../seg1.ts"},
	} {
		if id(same[0], same[1]) != one {
			t.Errorf("%s at %s has another identity", same[1], same[0])
		}
	}
	if id("https://a.example/x/i.m3u8", "seg2.ts?t=1") == one || id("https://a.example/y/i.m3u8", "seg1.ts?t=1") == one {
		t.Error("another segment has the same identity")
	}
}

// TestDefine puts EXT-X-DEFINE values in (RFC 8216bis §4.3).
func TestDefine(t *testing.T) {
	base, _ := url.Parse("https://o.example/v/i.m3u8?token=a%2Fb&evil=x%0A%23EXT-X-ENDLIST")
	src := `#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-DEFINE:NAME="dir",VALUE="../d"
#EXT-X-DEFINE:IMPORT="host"
#EXT-X-DEFINE:QUERYPARAM="token"
#EXT-X-DEFINE:QUERYPARAM="evil"
#EXT-X-DEFINE:IMPORT="nobody"
#EXT-X-MAP:URI="{$dir}/i.mp4"
#EXTINF:6,
https://{$host}/1.m4s?{$token}
#EXTINF:6,
{$nobody}/{$evil}.m4s
`
	want := `#EXTM3U
#EXT-X-VERSION:11
#EXT-X-TARGETDURATION:6
#EXT-X-DEFINE:QUERYPARAM="evil"
#EXT-X-DEFINE:IMPORT="nobody"
#EXT-X-MAP:URI="https://o.example/d/i.mp4"
#EXTINF:6,
https://cdn.example/1.m4s?a/b
#EXTINF:6,
https://o.example/v/{$nobody}/{$evil}.m4s
`
	tpl, err := Compile([]byte(src), Options{Base: base, Variables: map[string]string{"host": "cdn.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(tpl.Append(nil, whole(tpl))); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestAppendAllocates nothing but the growth of its buffer.
func TestAppendAllocates(t *testing.T) {
	tpl, p := benchPlaylist(t, 1000)
	dst := tpl.Append(nil, p)
	if n := testing.AllocsPerRun(20, func() { dst = tpl.Append(dst[:0], p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestTemplateIsImmutable appends with different plans from many goroutines
// under the race detector.
func TestTemplateIsImmutable(t *testing.T) {
	tpl, p := benchPlaylist(t, 50)
	want := tpl.Append(nil, p)
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for range 50 {
				tpl.Append(nil, whole(tpl))
				if got := tpl.Append(nil, p); !bytes.Equal(got, want) {
					t.Error("the output differs")
				}
			}
		})
	}
}

// FuzzCompile holds that whatever is read is written back readable, that a
// second reading changes nothing more, and that random ads keep the state.
func FuzzCompile(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:6.006,\na.ts\n#EXT-X-CUE-OUT:12\n#EXTINF:6.006,\n../b.ts?x\n#EXT-X-CUE-IN\n#EXTINF:6,\nc.ts\n"), uint8(1), false)
	f.Add([]byte("#EXTM3U\r\n#EXT-X-TARGETDURATION:6\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\r\n#EXT-X-MAP:URI=\"i.mp4\"\r\n#EXT-X-MEDIA-SEQUENCE:9\r\n#EXTINF:6,\r\n#EXT-X-BYTERANGE:10@1\r\na\r\n#EXT-X-DISCONTINUITY\r\n#EXTINF:6,\r\n#EXT-X-BYTERANGE:10\r\na"), uint8(2), true)
	f.Add([]byte("\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=12\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00+0100\n#EXTINF:4,\na\n#EXT-X-PART:DURATION=1,URI=\"p\"\n#EXT-X-DATERANGE:ID=\"x\",START-DATE=\"2026-01-01T00:00:00Z\",DURATION=8,SCTE35-OUT=0xFC\n#EXT-X-ENDLIST\n"), uint8(3), true)
	f.Add([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:6,\n{$a}\n#EXT-X-ENDLIST\n#EXTINF:1,\nz\n#EXT-X-PLAYLIST-TYPE:EVENT\n"), uint8(4), false)
	f.Fuzz(func(t *testing.T, src []byte, seed uint8, passthrough bool) {
		o := Options{Base: compileBase, Passthrough: passthrough}
		tpl, err := Compile(src, o)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "failed to") {
				t.Fatal(err)
			}
			return
		}
		once := tpl.Append(nil, whole(tpl))
		again, err := Compile(once, o)
		if err != nil {
			t.Fatalf("%v\n%q", err, once)
		}
		if twice := again.Append(nil, whole(again)); !bytes.Equal(once, twice) {
			t.Fatalf("%q\nbecomes\n%q", once, twice)
		}
		if len(tpl.Segments) == 0 {
			return
		}
		for i := range tpl.Segments {
			tpl.URI(i)
			tpl.Init(i)
			tpl.Resource(i)
		}
		fuzzPlan(t, tpl, uint64(seed))
	})
}
