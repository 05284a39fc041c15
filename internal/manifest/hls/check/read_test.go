package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// TestReadListing pins what is read of every tag that the rules use.
func TestReadListing(t *testing.T) {
	l, found := checkRead(`#EXTM3U|#EXT-X-VERSION:8|#EXT-X-TARGETDURATION:6|#EXT-X-MEDIA-SEQUENCE:41|` +
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
		*a.Range != (listing.Range{Length: 100, Offset: 50}) || a.Map.URI != "d1/init.mp4" || *a.Map.Range != (listing.Range{Length: 800, Offset: 0}) {
		t.Errorf("first: %+v", a)
	}
	if want := []listing.Key{
		{Method: "AES-128", URI: "k1", IV: "000000000000000000000000000000ab", Format: "identity"},
		{Method: "SAMPLE-AES", URI: "k2", Format: "f", FormatVersions: "1/2"},
	}; !slices.Equal(a.Keys, want) {
		t.Errorf("keys: %+v", a.Keys)
	}
	if *a2.Range != (listing.Range{Length: 10, Offset: 150}) {
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
	l, _ := checkRead(checkHead + "#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|#EXTINF:6,|b.ts|" + checkPDT + "30Z|#EXTINF:6,|c.ts")
	if a, b, c := l.Segments[0], l.Segments[1], l.Segments[2]; a.Timed() || !b.Counted || b.Time != c.Time-6e6 {
		t.Errorf("a %+v\nb %+v\nc %+v", a, b, c)
	}
}

func FuzzReadListing(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, c := range checkTextCases {
		f.Add([]byte(c.bad))
	}
	f.Add([]byte(strings.ReplaceAll(checkMulti, "|", "\n")))
	f.Add([]byte("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:4611686018427387904\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4611686018427387904\n#EXTINF:9999999,\na\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, found := listing.Read(src)
		closed := rule.Rules()
		for _, v := range append(found, Playlist(l)...) {
			if _, ok := slices.BinarySearch(closed, v.Rule); !ok {
				t.Fatalf("rule %q is not in the set", v.Rule)
			}
		}
		for i, s := range l.Segments {
			if s.Sequence != l.Segments[0].Sequence+int64(i) || s.Duration < 0 || s.Line < 1 {
				t.Fatalf("segment %d: %+v", i, s)
			}
		}
		listing.ReadPresentation(src, nil)
		Renditions(l, l) // may find that dates overlap
		if found := Update(l, l); len(found) > 0 {
			t.Fatalf("a playlist against itself: %v", found)
		}
	})
}
