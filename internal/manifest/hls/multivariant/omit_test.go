package multivariant

import (
	"net/url"
	"strings"
	"testing"
)

// TestOmit: what is left out goes with all that needs it, and nothing else changes.
func TestOmit(t *testing.T) {
	base, err := url.Parse("https://o.example/live/master.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	const ladder = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="en",URI="aac.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="ec3",NAME="en",URI="ec3.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="s.m3u8"
# a comment
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.4d400c,mp4a.40.2",AUDIO="aac",SUBTITLES="s"
v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS="avc1.4d400c,ec-3",AUDIO="ec3",SUBTITLES="s"

v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3,CODECS="av01.0.04M.08,mp4a.40.2",AUDIO="aac",SUBTITLES="s"
w.m3u8
`
	has := func(codec string) func(*Rendition) bool {
		return func(r *Rendition) bool { return r.Variant && strings.Contains(r.Codecs, codec) }
	}
	is := func(uri string) func(*Rendition) bool { return func(r *Rendition) bool { return r.URI == uri } }
	for _, test := range []struct {
		name    string
		unfit   func(*Rendition) bool
		gone    []string // lines, by what they contain
		omitted int
	}{
		{"nothing", func(*Rendition) bool { return false }, nil, 0},
		{"a variant and its group", has("ec-3"), []string{"ec3.m3u8", "BANDWIDTH=2", "v.m3u8#2"}, 2},
		{"a variant whose group others use", has("av01"), []string{"BANDWIDTH=3", "w.m3u8"}, 1},
		{"an audio rendition and the variants of its group", is("https://o.example/live/ec3.m3u8"), []string{"ec3.m3u8", "BANDWIDTH=2", "v.m3u8#2"}, 2},
		{"subtitles that all need", is("https://o.example/live/s.m3u8"), nil, 0},
		{"all", func(r *Rendition) bool { return r.Variant }, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, omitted := Omit([]byte(ladder), base, test.unfit)
			var want strings.Builder
			seen := map[string]int{}
			for line := range strings.Lines(ladder) {
				seen[line]++
				drop := false
				for _, g := range test.gone {
					part, nth, second := strings.Cut(g, "#")
					drop = drop || strings.Contains(line, part) && (!second || nth == "2" && seen[line] == 2)
				}
				if !drop {
					want.WriteString(line)
				}
			}
			if string(got) != want.String() || len(omitted) != test.omitted {
				t.Errorf("%d omitted, want %d:\n%s\nwant\n%s", len(omitted), test.omitted, got, want.String())
			}
			if _, err := Compile(got, base); err != nil {
				t.Error(err)
			}
		})
	}
}
