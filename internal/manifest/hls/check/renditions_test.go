package check

import (
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

const (
	checkVideo = checkLive + checkPDT + "00Z|#EXTINF:4,|v1.ts|#EXTINF:4,|v2.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "08Z|#EXTINF:4,|v3.ts"
	// The audio's segments are as long, and half a segment late.
	checkAudio = checkLive + checkPDT + "02Z|#EXTINF:4,|a1.ts|#EXTINF:4,|a2.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "10Z|#EXTINF:4,|a3.ts"
	checkAd    = `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:04Z"|`
)

// checkRenditionCases have, for every rule of Renditions, two renditions
// that keep it together and two that don't.
var checkRenditionCases = []struct{ rule, one, good, bad string }{
	{rule.TargetDurationDiffers, checkVideo, checkAudio, strings.Replace(checkAudio, "DURATION:4", "DURATION:5", 1)},
	{rule.TargetDurationDiffers, checkHead + "#EXT-X-PLAYLIST-TYPE:VOD|#EXTINF:6,|v.ts|#EXT-X-ENDLIST", "#EXTM3U|#EXT-X-TARGETDURATION:60|#EXT-X-PLAYLIST-TYPE:VOD|#EXTINF:60,|s.vtt|#EXT-X-ENDLIST", "#EXTM3U|#EXT-X-TARGETDURATION:60|#EXT-X-PLAYLIST-TYPE:VOD|#EXTINF:60,|s.ts|#EXT-X-ENDLIST"},
	{rule.PlaylistTypeDiffers, checkHead + "#EXT-X-PLAYLIST-TYPE:EVENT", checkHead + "#EXT-X-PLAYLIST-TYPE:EVENT", checkHead},
	// B-1: the numbers differ.
	{rule.DiscontinuityDiffers, checkVideo, checkAudio, checkLive + "#EXT-X-DISCONTINUITY-SEQUENCE:1|" + checkAudio[len(checkLive):]},
	// B-4: the tag stands elsewhere.
	{rule.DiscontinuityDiffers, checkVideo, checkAudio, checkLive + checkPDT + "02Z|#EXTINF:4,|a1.ts|#EXTINF:4,|a2.ts|#EXTINF:4,|a3.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "14Z|#EXTINF:4,|a4.ts"},
	{rule.DiscontinuityDiffers, checkVideo, checkAudio, checkLive + checkPDT + "02Z|#EXTINF:4,|a1.ts|#EXTINF:4,|a2.ts|#EXTINF:4,|a3.ts"},
	{rule.DateRangeDiffers, checkLive + checkAd + checkVideo[len(checkLive):], checkLive + checkAd + checkAudio[len(checkLive):], checkLive + strings.Replace(checkAd, `"x"`, `"y"`, 1) + checkAudio[len(checkLive):]},
	{rule.DateRangeDiffers, checkLive + checkAd + checkVideo[len(checkLive):], checkAudio, checkLive + strings.Replace(checkAd, `"x"`, `"x",CLASS="c"`, 1) + checkAudio[len(checkLive):]},
	{rule.ServerControlDiffers, checkHead + "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=18", checkHead + "#EXT-X-SERVER-CONTROL:HOLD-BACK=18,CAN-BLOCK-RELOAD=YES", checkHead},
	{rule.PDTInSome, checkVideo, checkAudio, checkLive + "#EXTINF:4,|a1.ts"},
}

func TestRenditionRules(t *testing.T) {
	for _, test := range checkRenditionCases {
		one, _ := checkRead(test.one)
		good, _ := checkRead(test.good)
		bad, _ := checkRead(test.bad)
		for _, order := range [][]*listing.Listing{{one, good}, {good, one}, {one}, {nil, one}, nil} {
			if found := Renditions(order...); len(found) > 0 {
				t.Errorf("%s: the good renditions break %v", test.rule, found)
			}
		}
		for _, order := range [][]*listing.Listing{{one, bad}, {bad, one}} {
			if got := checkRuleNames(Renditions(order...)); !slices.Equal(got, []string{test.rule}) {
				t.Errorf("%s: the bad renditions break %v", test.rule, got)
			}
		}
	}
}

// A date that steps back where content returns makes no two numbers share time.
func TestRenditionsReturnStep(t *testing.T) {
	const text = checkLive + checkPDT + "00Z|#EXTINF:4,|ad.ts|#EXT-X-DISCONTINUITY|" + checkPDT + "01Z|#EXTINF:4,|c1.ts|#EXTINF:4,|c2.ts"
	l, _ := checkRead(text)
	if found := Renditions(l, l); len(found) > 0 {
		t.Errorf("a return that steps back by 3 s: %v", found)
	}
}
