package listing

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/rule"
)

// readText reads a playlist of a test: "|" stands for the line end.
func readText(text string) (*Listing, []rule.Violation) {
	return Read([]byte(strings.ReplaceAll(text, "|", "\n") + "\n"))
}

// TestReadListing pins what is read of every tag that the rules use.
func TestReadListing(t *testing.T) {
	l, found := readText(`#EXTM3U|#EXT-X-VERSION:8|#EXT-X-TARGETDURATION:6|#EXT-X-MEDIA-SEQUENCE:41|` +
		`#EXT-X-DISCONTINUITY-SEQUENCE:7|#EXT-X-INDEPENDENT-SEGMENTS|#EXT-X-PLAYLIST-TYPE:EVENT|` +
		`#EXT-X-DEFINE:NAME="dir",VALUE="d1"|` +
		`#EXT-X-KEY:METHOD=AES-128,URI="k1",IV=0xAB|#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k2",KEYFORMAT="f",KEYFORMATVERSIONS="1/2"|` +
		`#EXT-X-MAP:URI="{$dir}/init.mp4",BYTERANGE="800@0"|` +
		`#EXTINF:5.9999996,one|#EXT-X-BYTERANGE:100@50|{$dir}/{$none}/a.mp4|` +
		`#EXTINF:6,|#EXT-X-BYTERANGE:10|{$dir}/{$none}/a.mp4|` +
		`#EXT-X-DISCONTINUITY|#EXT-X-KEY:METHOD=NONE|#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:12.5+00:00|#EXT-X-GAP|#EXTINF:2.5,|b.mp4|` +
		`#EXTINF:3,|c.mp4|#EXT-X-DATERANGE:ID="x",CLASS="c",START-DATE="2026-01-01T00:00:13Z",DURATION=2.5|#EXT-X-ENDLIST`)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if l.Version != 8 || l.Target != 6e6 || l.Sequence != 41 || l.Discontinuity != 7 || l.Type != "EVENT" ||
		!l.Ended || !l.Independent || !l.Dated || l.End() != 45 || l.Duration() != 17_500_000 {
		t.Errorf("header: %+v", l)
	}
	a, a2, b, c := l.Segments[0], l.Segments[1], l.Segments[2], l.Segments[3]
	if a.Sequence != 41 || a.URI != "d1/{$none}/a.mp4" || a.Duration != 6e6 || a.DiscontinuityNumber != 7 || a.Timed() ||
		*a.Range != (Range{Length: 100, Offset: 50}) || a.Map.URI != "d1/init.mp4" || *a.Map.Range != (Range{Length: 800, Offset: 0}) {
		t.Errorf("first: %+v", a)
	}
	if want := []Key{
		{Method: "AES-128", URI: "k1", IV: "000000000000000000000000000000ab", Format: "identity"},
		{Method: "SAMPLE-AES", URI: "k2", Format: "f", FormatVersions: "1/2"},
	}; !slices.Equal(a.Keys, want) {
		t.Errorf("keys: %+v", a.Keys)
	}
	if *a2.Range != (Range{Length: 10, Offset: 150}) {
		t.Errorf("a range without offset: %+v", a2.Range)
	}
	const noon = 1767225612_500_000
	if !b.Discontinuity || b.DiscontinuityNumber != 8 || !b.HasTime || b.Time != noon || !b.Gap || b.Keys != nil || b.Map == nil {
		t.Errorf("third: %+v", b)
	}
	if c.HasTime || !c.Counted || c.Time != noon+2_500_000 || c.DiscontinuityNumber != 8 || c.Gap {
		t.Errorf("fourth: %+v", c)
	}
	if d := l.DateRanges["x"]; d.Start != noon+500_000 || d.End != noon+3_000_000 || d.Attributes["CLASS"] != `"c"` {
		t.Errorf("daterange: %+v", d)
	}
}

// Dates count backward too, and across no discontinuity.
func TestReadListingCountsBack(t *testing.T) {
	l, _ := readText("#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:6|#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|#EXTINF:6,|b.ts|#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:30Z|#EXTINF:6,|c.ts")
	if a, b, c := l.Segments[0], l.Segments[1], l.Segments[2]; a.Timed() || !b.Counted || b.Time != c.Time-6e6 {
		t.Errorf("a %+v\nb %+v\nc %+v", a, b, c)
	}
}

// TestVariables: values come from the playlist, the multivariant playlist and
// the query (RFC 8216bis §4.4.2.3).
func TestVariables(t *testing.T) {
	address, err := url.Parse("http://example.com/m.m3u8?token=t1")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := ReadPresentation([]byte("#EXTM3U\n#EXT-X-DEFINE:NAME=\"host\",VALUE=\"h1\"\n#EXT-X-DEFINE:QUERYPARAM=\"token\"\n"+
		"#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"x\"\n{$host}/v.m3u8?{$token}\n"), address)
	if len(p.Variants) != 1 || p.Variants[0].URI != "h1/v.m3u8?t1" {
		t.Errorf("presentation: %+v", p)
	}
	l, found := ReadOf(p, address, []byte("#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-TARGETDURATION:6\n#EXT-X-DEFINE:IMPORT=\"host\"\n"+
		"#EXT-X-DEFINE:QUERYPARAM=\"token\"\n#EXT-X-DEFINE:IMPORT=\"none\"\n#EXTINF:6,\n{$host}/{$none}/a.ts?{$token}\n"))
	if len(found) > 0 || l.Segments[0].URI != "h1/{$none}/a.ts?t1" {
		t.Errorf("listing: %+v %v", l, found)
	}
}
