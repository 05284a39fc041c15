package check

import (
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// checkRead reads a playlist of a test: "|" stands for the line end.
func checkRead(text string) (*listing.Listing, []rule.Violation) {
	return listing.Read([]byte(strings.ReplaceAll(text, "|", "\n") + "\n"))
}

func checkRuleNames(found []rule.Violation) []string {
	names := make([]string, len(found))
	for i, v := range found {
		names[i] = v.Rule
	}
	slices.Sort(names)
	return slices.Compact(names)
}

const (
	checkHead = "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:6|"
	checkPDT  = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:"
)

// checkTextCases have, for every rule of Read and Playlist, a
// playlist that keeps it and one that breaks it and nothing else.
var checkTextCases = []struct{ rule, good, bad string }{
	{rule.HeaderMissing, checkHead, "#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:6"},
	{rule.HeaderMissing, checkHead, "#EXTM3U8|" + checkHead[len("#EXTM3U|"):]},
	{rule.ByteOrderMark, checkHead, "\xef\xbb\xbf" + checkHead},
	{rule.NotUTF8, checkHead + "#Zürich", checkHead + "#Z\xfcrich"},
	{rule.MixedPlaylist, checkHead, checkHead + "#EXT-X-SESSION-KEY:METHOD=AES-128"},
	{rule.TagMalformed, checkHead + "#EXT-X-MEDIA-SEQUENCE:1", checkHead + "#EXT-X-MEDIA-SEQUENCE:-1"},
	{rule.TagMalformed, checkHead + "#EXTINF:6,|a.ts", checkHead + "#EXTINF:6s,|a.ts"},
	{rule.TagMalformed, checkHead + "#EXT-X-PLAYLIST-TYPE:EVENT", checkHead + "#EXT-X-PLAYLIST-TYPE:LIVE"},
	{rule.TagMalformed, checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:9@0|a.ts", checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:@0|a.ts"},
	{rule.TagMalformed, "#EXTM3U|#EXT-X-VERSION:9|#EXT-X-TARGETDURATION:6|#EXT-X-SKIP:SKIPPED-SEGMENTS=3", "#EXTM3U|#EXT-X-VERSION:9|#EXT-X-TARGETDURATION:6|#EXT-X-SKIP:SKIPPED-SEGMENTS=x"},
	{rule.TagRepeated, checkHead + "#EXT-X-MEDIA-SEQUENCE:1", checkHead + "#EXT-X-MEDIA-SEQUENCE:1|#EXT-X-MEDIA-SEQUENCE:1"},
	{rule.TagRepeated, checkHead + "#EXT-X-DISCONTINUITY|#EXTINF:6,|a.ts", checkHead + "#EXT-X-DISCONTINUITY|#EXT-X-DISCONTINUITY|#EXTINF:6,|a.ts"},
	{rule.AttributeMalformed, checkHead + `#EXT-X-MAP:URI="a"`, checkHead + `#EXT-X-MAP:URI="a", X=1`},
	{rule.AttributeMalformed, checkHead + `#EXT-X-MAP:URI="a",BYTERANGE="9@0"`, checkHead + `#EXT-X-MAP:URI="a",BYTERANGE="9-0"`},
	{rule.AttributeMalformed, checkHead + `#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1f`, checkHead + `#EXT-X-KEY:METHOD=AES-128,URI="k",IV=1f`},
	{rule.AttributeMalformed, checkHead + `#EXT-X-START:TIME-OFFSET=1`, checkHead + `#EXT-X-MAP:URI="a",X="b`},
	{rule.AttributeMalformed, checkHead + "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=3|#EXT-X-PART-INF:PART-TARGET=1|" + `#EXT-X-PART:URI="p",DURATION=1.0`, checkHead + "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=3|#EXT-X-PART-INF:PART-TARGET=1|" + `#EXT-X-PART:URI="p",DURATION=1s`},
	{rule.AttributeRepeated, checkHead + `#EXT-X-MAP:URI="a"`, checkHead + `#EXT-X-MAP:URI="a",URI="a"`},
	{rule.AttributeMissing, checkHead + `#EXT-X-MAP:URI="a"`, checkHead + `#EXT-X-MAP:BYTERANGE="9@0"`},
	{rule.AttributeMissing, checkHead + `#EXT-X-KEY:METHOD=AES-128,URI="k"`, checkHead + `#EXT-X-KEY:METHOD=AES-128`},
	{rule.AttributeMissing, "#EXTM3U|#EXT-X-VERSION:8|#EXT-X-TARGETDURATION:6|#EXT-X-DEFINE:IMPORT=\"a\"", "#EXTM3U|#EXT-X-VERSION:8|#EXT-X-TARGETDURATION:6|#EXT-X-DEFINE:NAME=\"a\""},
	{rule.URIEmpty, checkHead + "#EXTINF:6,|a.ts", checkHead + "#EXTINF:6,|  "},
	{rule.URIEmpty, checkHead + `#EXT-X-MAP:URI="a"`, checkHead + `#EXT-X-MAP:URI=""`},
	{rule.TargetDurationMissing, checkHead, "#EXTM3U|#EXT-X-VERSION:6"},
	{rule.MediaSequenceLate, checkHead + "#EXT-X-MEDIA-SEQUENCE:1|#EXTINF:6,|a.ts", checkHead + "#EXTINF:6,|a.ts|#EXT-X-MEDIA-SEQUENCE:1"},
	{rule.DiscontinuitySequenceLate, checkHead + "#EXT-X-DISCONTINUITY-SEQUENCE:1|#EXT-X-DISCONTINUITY|#EXTINF:6,|a.ts", checkHead + "#EXT-X-DISCONTINUITY|#EXT-X-DISCONTINUITY-SEQUENCE:1|#EXTINF:6,|a.ts"},
	{rule.ExtinfMissing, checkHead + "#EXTINF:6,|a.ts", checkHead + "#EXT-X-GAP|a.ts"},
	{rule.ExtinfOrphan, checkHead + "#EXTINF:6,|a.ts", checkHead + "#EXTINF:6,"},
	{rule.ExtinfOrphan, checkHead + "#EXTINF:6,|a.ts", checkHead + "#EXTINF:6,|#EXTINF:6,|a.ts"},
	// B-14: the rounded length counts.
	{rule.ExtinfTooLong, checkHead + "#EXTINF:6.499,|a.ts", checkHead + "#EXTINF:6.5,|a.ts"},
	// B-11: no slivers.
	{rule.SegmentTooShort, checkHead + "#EXTINF:0.5,|a.ts", checkHead + "#EXTINF:0.499,|a.ts"},
	// B-19: NONE takes no URI.
	{rule.KeyNoneAttributes, checkHead + "#EXT-X-KEY:METHOD=NONE", checkHead + `#EXT-X-KEY:METHOD=NONE,URI="k"`},
	// B-21: a range continues only its own resource.
	{rule.ByteRangeOffsetMissing, checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:9@0|a.ts|#EXTINF:6,|#EXT-X-BYTERANGE:9|a.ts", checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:9@0|b.ts|#EXTINF:6,|#EXT-X-BYTERANGE:9|a.ts"},
	{rule.ByteRangeOffsetMissing, checkHead + "#EXTINF:6,|a.ts|#EXTINF:6,|#EXT-X-BYTERANGE:9@0|a.ts", checkHead + "#EXTINF:6,|a.ts|#EXTINF:6,|#EXT-X-BYTERANGE:9|a.ts"},
	{rule.MapMissing, checkHead + `#EXT-X-MAP:URI="i.mp4"|#EXTINF:6,|a.m4s`, checkHead + "#EXTINF:6,|a.m4s?x#y"},
	// hls.js#6273: a section is read with the segments it was made for. TS and
	// WebVTT may have one of their own (§3.1.2, §3.1.4), and gaps are not read.
	{rule.MapForeign, checkHead + `#EXT-X-MAP:URI="i.mp4"|#EXTINF:6,|#EXT-X-GAP|a.vtt`, checkHead + `#EXT-X-MAP:URI="i.mp4"|#EXTINF:6,|a.vtt`},
	{rule.MapForeign, checkHead + `#EXT-X-MAP:URI="i.ts"|#EXTINF:6,|a.ts`, checkHead + `#EXT-X-MAP:URI="i.mp4?a#b"|#EXTINF:6,|a.ts?b=.m4s`},
	{rule.MapForeign, checkHead + `#EXT-X-MAP:URI="i.vtt"|#EXTINF:6,|a.webvtt`, checkHead + `#EXT-X-MAP:URI="i.vtt"|#EXTINF:6,|a.m4s`},
	{rule.MapForeign, checkHead + `#EXT-X-MAP:URI="i"|#EXTINF:6,|a.aac`, checkHead + `#EXT-X-MAP:URI="i.mp4"|#EXTINF:6,|a.aac`},
	{rule.MapForeign, checkHead + `#EXT-X-MAP:URI="i"|#EXTINF:6,|a.m4s|#EXT-X-MAP:URI="j"|#EXTINF:6,|b.ts`, checkHead + `#EXT-X-MAP:URI="i"|#EXTINF:6,|a|#EXTINF:6,|b.m4s|#EXTINF:6,|c.vtt`},
	{rule.MapIVMissing, checkHead + `#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1|#EXT-X-MAP:URI="a"`, checkHead + `#EXT-X-KEY:METHOD=AES-128,URI="k"|#EXT-X-MAP:URI="a"`},
	{rule.PDTFormat, checkHead + checkPDT + "00.5+0000|#EXTINF:6,|a.ts", checkHead + checkPDT + "00.5|#EXTINF:6,|a.ts"},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-TARGETDURATION:6|#EXTINF:6,|a.ts", "#EXTM3U|#EXT-X-TARGETDURATION:6|#EXTINF:6.0,|a.ts"},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-VERSION:2|#EXT-X-TARGETDURATION:6|#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x1", "#EXTM3U|#EXT-X-VERSION:1|#EXT-X-TARGETDURATION:6|#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x1"},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-VERSION:4|#EXT-X-TARGETDURATION:6|#EXTINF:6,|#EXT-X-BYTERANGE:9@0|a.ts", "#EXTM3U|#EXT-X-VERSION:3|#EXT-X-TARGETDURATION:6|#EXTINF:6,|#EXT-X-BYTERANGE:9@0|a.ts"},
	{rule.VersionTooLow, checkHead + `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k",KEYFORMAT="x",KEYFORMATVERSIONS="1"`, "#EXTM3U|#EXT-X-VERSION:4|#EXT-X-TARGETDURATION:6|" + `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"`},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-VERSION:5|#EXT-X-TARGETDURATION:6|#EXT-X-I-FRAMES-ONLY|#EXT-X-MAP:URI=\"a\"", "#EXTM3U|#EXT-X-VERSION:5|#EXT-X-TARGETDURATION:6|#EXT-X-MAP:URI=\"a\""},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-VERSION:11|#EXT-X-TARGETDURATION:6|#EXT-X-DEFINE:QUERYPARAM=\"a\"", "#EXTM3U|#EXT-X-VERSION:8|#EXT-X-TARGETDURATION:6|#EXT-X-DEFINE:QUERYPARAM=\"a\""},
	{rule.VersionTooLow, "#EXTM3U|#EXT-X-VERSION:10|#EXT-X-TARGETDURATION:6|#EXT-X-SKIP:SKIPPED-SEGMENTS=3,RECENTLY-REMOVED-DATERANGES=\"a\"", "#EXTM3U|#EXT-X-VERSION:9|#EXT-X-TARGETDURATION:6|#EXT-X-SKIP:SKIPPED-SEGMENTS=3,RECENTLY-REMOVED-DATERANGES=\"a\""},
	{rule.DateRangeInvalid, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z"|` + checkPDT + "00Z|#EXTINF:6,|a.ts", checkHead + `#EXT-X-DATERANGE:START-DATE="2026-01-01T00:00:00Z"|` + checkPDT + "00Z|#EXTINF:6,|a.ts"},
	{rule.DateRangeInvalid, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z"|#EXT-X-DATERANGE:ID="a",DURATION=3|` + checkPDT + "00Z|#EXTINF:6,|a.ts", checkHead + `#EXT-X-DATERANGE:ID="a",DURATION=3|` + checkPDT + "00Z|#EXTINF:6,|a.ts"},
	{rule.DateRangeInvalid, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",END-DATE="2026-01-01T00:00:01Z"|` + checkPDT + "00Z|#EXTINF:6,|a.ts", checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:02Z",END-DATE="2026-01-01T00:00:01Z"|` + checkPDT + "00Z|#EXTINF:6,|a.ts"},
	{rule.DateRangeInvalid, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",CLASS="c",END-ON-NEXT=YES|` + checkPDT + "00Z|#EXTINF:6,|a.ts", checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",END-ON-NEXT=YES|` + checkPDT + "00Z|#EXTINF:6,|a.ts"},
	{rule.DateRangeConflict, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",DURATION=3|#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00.000Z",DURATION=3.0|` + checkPDT + "00Z|#EXTINF:6,|a.ts", checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z"|#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:01Z"|` + checkPDT + "00Z|#EXTINF:6,|a.ts"},
	{rule.DateRangeWithoutPDT, checkHead, checkHead + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z"`},
	{rule.PlaylistTypeContradiction, checkHead + "#EXT-X-PLAYLIST-TYPE:VOD|#EXT-X-ENDLIST", checkHead + "#EXT-X-PLAYLIST-TYPE:VOD"},
	{rule.PartInfMissing, checkHead + "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=3|#EXT-X-PART-INF:PART-TARGET=1|" + `#EXT-X-RENDITION-REPORT:URI="b"`, checkHead + `#EXT-X-RENDITION-REPORT:URI="b"`},
	{rule.PartInfMissing, checkHead + `#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="p"`, checkHead + `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p"`},
	{rule.PartHoldBackMissing, checkHead + "#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=3|#EXT-X-PART-INF:PART-TARGET=1", checkHead + "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES|#EXT-X-PART-INF:PART-TARGET=1"},

	{rule.WindowTooShort, checkHead + "#EXT-X-MEDIA-SEQUENCE:9|#EXTINF:6,|a.ts|#EXTINF:6,|b.ts|#EXTINF:6,|c.ts", checkHead + "#EXT-X-MEDIA-SEQUENCE:9|#EXTINF:6,|a.ts|#EXTINF:6,|b.ts|#EXTINF:5,|c.ts"},
	{rule.PDTMissing, checkHead + checkPDT + "00Z|#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "06Z|#EXTINF:6,|b.ts", checkHead + checkPDT + "00Z|#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|#EXTINF:6,|b.ts"},
	// B-12: the date goes on with the media.
	{rule.PDTStep, checkHead + checkPDT + "00Z|#EXTINF:6,|a.ts|" + checkPDT + "06.001Z|#EXTINF:6,|b.ts", checkHead + checkPDT + "00Z|#EXTINF:6,|a.ts|" + checkPDT + "06.002Z|#EXTINF:6,|b.ts"},
	{rule.PDTBackwards, checkHead + checkPDT + "10Z|#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "07Z|#EXTINF:6,|b.ts", checkHead + checkPDT + "10Z|#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "06.500Z|#EXTINF:6,|b.ts"},
	{rule.SegmentRepeated, checkHead + "#EXTINF:6,|a.ts|#EXT-X-DISCONTINUITY|#EXTINF:6,|a.ts", checkHead + "#EXTINF:6,|a.ts|#EXTINF:6,|a.ts"},
	{rule.SegmentRepeated, checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:1@0|a.ts|#EXTINF:6,|#EXT-X-BYTERANGE:1@1|a.ts", checkHead + "#EXTINF:6,|#EXT-X-BYTERANGE:1@0|a.ts|#EXTINF:6,|#EXT-X-BYTERANGE:1@0|a.ts"},
}

func TestListingRules(t *testing.T) {
	check := func(text string) []string {
		l, found := checkRead(text)
		return checkRuleNames(append(found, Playlist(l)...))
	}
	for _, test := range checkTextCases {
		if got := check(test.good); len(got) > 0 {
			t.Errorf("%s: the good playlist breaks %v\n%s", test.rule, got, test.good)
		}
		if got := check(test.bad); len(got) != 1 || got[0] != test.rule {
			t.Errorf("%s: the bad playlist breaks %v\n%s", test.rule, got, test.bad)
		}
	}
}

// TestEveryRuleIsTested keeps the set of rules closed: each has a section and
// two cases, and no case has a rule outside of the set.
func TestEveryRuleIsTested(t *testing.T) {
	tested := map[string]bool{rule.UpdateLate: true} // TestCheckGap
	for _, c := range checkTextCases {
		tested[c.rule] = true
	}
	for _, c := range checkUpdateCases {
		tested[c.rule] = true
	}
	for _, c := range checkRenditionCases {
		tested[c.rule] = true
	}
	for _, c := range checkMultiCases {
		tested[c.rule] = true
	}
	for _, name := range rule.Rules() {
		if !tested[name] {
			t.Errorf("no case for rule %s", name)
		}
		delete(tested, name)
		var found rule.Found
		if found.Add(name, -1, 0, ""); found[0].Section == "" {
			t.Errorf("rule %s names no section", name)
		}
	}
	for rule := range tested {
		t.Errorf("rule %s is not in the set", rule)
	}
}
