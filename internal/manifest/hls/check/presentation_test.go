package check

import (
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

const checkMulti = `#EXTM3U|#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",LANGUAGE="en",URI="a.m3u8"|` +
	`#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,AUDIO="a",CLOSED-CAPTIONS=NONE|v.m3u8|` +
	`#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,CODECS="avc1.4d401e",URI="i.m3u8"`

// checkMultiCases change one thing of checkMulti.
var checkMultiCases = []struct{ rule, old, new string }{
	{rule.HeaderMissing, "#EXTM3U|", ""},
	{rule.MixedPlaylist, "#EXTM3U|", "#EXTM3U|#EXT-X-TARGETDURATION:6|"},
	{rule.AttributeMissing, "BANDWIDTH=1000,", ""},
	{rule.AttributeMalformed, "BANDWIDTH=1000,", "BANDWIDTH=1k,"},
	{rule.AttributeMissing, `NAME="en",`, ""},
	{rule.AttributeMissing, "#EXTM3U|", `#EXTM3U|#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en"|`},
	{rule.URIEmpty, `URI="a.m3u8"`, `URI=""`},
	{rule.CodecsMissing, `CODECS="avc1.4d401e,mp4a.40.2",`, ""},
	{rule.GroupMissing, `,AUDIO="a"`, `,AUDIO="b"`},
	{rule.VariantURIMissing, "|v.m3u8|", "|"},
	{rule.VariantURIMissing, "|v.m3u8|", "|v.m3u8|w.m3u8|"},
}

func TestPresentationRules(t *testing.T) {
	read := func(text string) (*listing.Presentation, []string) {
		p, found := listing.ReadPresentation([]byte(strings.ReplaceAll(text, "|", "\n")), nil)
		return p, checkRuleNames(found)
	}
	p, got := read(checkMulti)
	if len(got) > 0 || len(p.Variants) != 2 || len(p.Media) != 1 || p.Variants[0].URI != "v.m3u8" ||
		p.Variants[0].Resolution != "640x360" || !p.Variants[1].IFrames || p.Media[0].Language != "en" {
		t.Errorf("read %+v, breaks %v", p, got)
	}
	for _, test := range checkMultiCases {
		if _, got := read(strings.Replace(checkMulti, test.old, test.new, 1)); !slices.Equal(got, []string{test.rule}) {
			t.Errorf("%s: %q for %q breaks %v", test.rule, test.new, test.old, got)
		}
	}
}
