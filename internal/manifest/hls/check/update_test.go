package check

import (
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/rule"
)

const (
	checkLive  = "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXT-X-MEDIA-SEQUENCE:1|"
	checkLive2 = "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXT-X-MEDIA-SEQUENCE:2|"
	checkABC   = "#EXTINF:4,|a.ts|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts"
	checkRange = `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",PLANNED-DURATION=8|`
)

// checkUpdateCases have, for every rule of Update, an update that keeps it
// and one that breaks it.
var checkUpdateCases = []struct{ rule, prev, good, bad string }{
	{rule.MediaSequenceFell, checkLive2 + checkABC, checkLive2 + checkABC, checkLive + "#EXTINF:4,|z.ts|" + checkABC},
	// B-7: an older edge.
	{rule.SegmentRetracted, checkLive + checkABC, checkLive + checkABC + "|#EXTINF:4,|d.ts", checkLive + "#EXTINF:4,|a.ts|#EXTINF:4,|b.ts"},
	// B-5: another file at a number.
	{rule.URIChanged, checkLive + checkABC, checkLive2 + "#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts", checkLive2 + checkABC},
	{rule.URIQueryChanged, checkLive + checkABC, checkLive + checkABC, checkLive + strings.Replace(checkABC, "a.ts", "a.ts?token=2", 1)},
	// B-2: the tag leaves with its segment.
	{rule.DiscontinuitySequenceStep, checkLive + "#EXT-X-DISCONTINUITY|" + checkABC, "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXT-X-MEDIA-SEQUENCE:9|#EXT-X-DISCONTINUITY-SEQUENCE:2|#EXTINF:4,|i.ts|#EXTINF:4,|j.ts|#EXTINF:4,|k.ts", "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXT-X-MEDIA-SEQUENCE:9|#EXTINF:4,|i.ts|#EXTINF:4,|j.ts|#EXTINF:4,|k.ts"},
	{rule.DiscontinuitySequenceStep, checkLive + "#EXT-X-DISCONTINUITY|" + checkABC, checkLive + "#EXT-X-DISCONTINUITY-SEQUENCE:1|" + checkABC, checkLive + checkABC},
	{rule.DiscontinuitySequenceStep, checkLive + checkABC, checkLive + checkABC, checkLive + "#EXT-X-DISCONTINUITY-SEQUENCE:1|" + checkABC},
	{rule.DiscontinuityTagChanged, checkLive + checkABC, checkLive + checkABC, checkLive + "#EXT-X-DISCONTINUITY|" + checkABC},
	// B-10.
	{rule.TargetDurationChanged, checkLive + checkABC, checkLive + checkABC, strings.Replace(checkLive, "DURATION:4", "DURATION:5", 1) + checkABC + "|#EXTINF:4,|d.ts"},
	{rule.PlaylistTypeChanged, checkLive + checkABC, checkLive + checkABC, checkLive + "#EXT-X-PLAYLIST-TYPE:EVENT|" + checkABC},
	{rule.VersionChanged, checkLive + checkABC, checkLive + checkABC, strings.Replace(checkLive, "VERSION:6", "VERSION:7", 1) + checkABC},
	{rule.ExtinfChanged, checkLive + checkABC, checkLive + strings.Replace(checkABC, "4,|a", "4.000,title|a", 1), checkLive + strings.Replace(checkABC, "4,|a", "4.001,|a", 1)},
	{rule.KeyChanged, checkLive + `#EXT-X-KEY:METHOD=AES-128,URI="k"|` + checkABC, checkLive2 + `#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x2|#EXTINF:4,|b.ts|#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x03|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts`, checkLive2 + "#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts"},
	{rule.KeyChanged, checkLive + `#EXT-X-KEY:METHOD=NONE|` + checkABC, checkLive + checkABC, checkLive + `#EXT-X-KEY:METHOD=AES-128,URI="k"|` + checkABC},
	{rule.MapChanged, checkLive + `#EXT-X-MAP:URI="i",BYTERANGE="9@0"|` + checkABC, checkLive + `#EXT-X-MAP:BYTERANGE="9@0",URI="i"|` + checkABC, checkLive + `#EXT-X-MAP:URI="i",BYTERANGE="9@1"|` + checkABC},
	{rule.ByteRangeChanged, checkLive + "#EXT-X-BYTERANGE:9@0|" + checkABC, checkLive + "#EXT-X-BYTERANGE:9@0|" + checkABC, checkLive + "#EXT-X-BYTERANGE:9@9|" + checkABC},
	{rule.GapChanged, checkLive + checkABC, checkLive + checkABC + "|#EXT-X-GAP|#EXTINF:4,|d.ts", checkLive + "#EXT-X-GAP|" + checkABC},
	{rule.PDTChanged, checkLive + checkPDT + "00Z|" + checkABC, checkLive2 + checkPDT + "04.001Z|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts", checkLive2 + checkPDT + "04.003Z|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts"},
	{rule.PDTChanged, checkLive + checkPDT + "00Z|" + checkABC, checkLive + checkPDT + "00.001Z|" + checkABC, checkLive + checkPDT + "00.002Z|" + checkABC},
	// B-6: ENDLIST as a reset.
	{rule.EndlistRetracted, checkLive + checkABC + "|#EXT-X-ENDLIST", checkLive + checkABC + "|#EXT-X-ENDLIST", checkLive + checkABC},
	{rule.AppendedAfterEndlist, checkLive + checkABC + "|#EXT-X-ENDLIST", checkLive + checkABC + "|#EXT-X-ENDLIST", checkLive + checkABC + "|#EXTINF:4,|d.ts|#EXT-X-ENDLIST"},
	{rule.EventRemoved, checkLive + "#EXT-X-PLAYLIST-TYPE:EVENT|" + checkABC, checkLive + "#EXT-X-PLAYLIST-TYPE:EVENT|" + checkABC, checkLive2 + "#EXT-X-PLAYLIST-TYPE:EVENT|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts"},
	{rule.WindowTooShort, "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXTINF:4,|z.ts|#EXTINF:4,|a.ts|#EXTINF:4,|b.ts", checkLive + checkABC, checkLive + "#EXTINF:4,|a.ts|#EXTINF:4,|b.ts"},
	// B-9: ids keep their meaning.
	{rule.DateRangeChanged, checkLive + checkRange + checkPDT + "00Z|" + checkABC, checkLive + checkRange + `#EXT-X-DATERANGE:ID="x",DURATION=8|` + checkPDT + "00Z|" + checkABC, checkLive + strings.Replace(checkRange, "8", "9", 1) + checkPDT + "00Z|" + checkABC},
	{rule.DateRangeChanged, checkLive + checkRange + checkPDT + "00Z|" + checkABC, checkLive + checkRange + checkPDT + "00Z|" + checkABC, checkLive + strings.Replace(checkRange, ",PLANNED-DURATION=8", "", 1) + checkPDT + "00Z|" + checkABC},
	{rule.DateRangeRemoved, checkLive + checkRange + checkPDT + "00Z|" + checkABC, checkLive2 + checkPDT + "04Z|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts", checkLive + checkPDT + "00Z|" + checkABC},
	{rule.DateRangeRemoved, checkLive + strings.Replace(checkRange, "PLANNED-", "", 1) + checkPDT + "00Z|" + checkABC, "#EXTM3U|#EXT-X-VERSION:6|#EXT-X-TARGETDURATION:4|#EXT-X-MEDIA-SEQUENCE:3|" + checkPDT + "08Z|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts|#EXTINF:4,|e.ts", checkLive2 + checkPDT + "04Z|#EXTINF:4,|b.ts|#EXTINF:4,|c.ts|#EXTINF:4,|d.ts"},
}

// TestCheckGap: §6.2.1 gives an update one and a half target durations, and
// none at all once the stream has ended.
func TestCheckGap(t *testing.T) {
	live, _ := checkRead(checkLive + checkABC)
	ended, _ := checkRead(checkLive + checkABC + "|#EXT-X-ENDLIST")
	if found := Gap(1_000_000, 7_000_000, live); len(found) > 0 {
		t.Errorf("6 s after the last change: %v", found)
	}
	if found := Gap(1_000_000, 7_000_001, live); len(found) != 1 || found[0].Rule != rule.UpdateLate {
		t.Errorf("more than 6 s after the last change: %v", found)
	}
	if found := Gap(0, 1e9, ended); len(found) > 0 {
		t.Errorf("after ENDLIST: %v", found)
	}
}

func TestUpdateRules(t *testing.T) {
	for _, test := range checkUpdateCases {
		prev, found := checkRead(test.prev)
		if len(found) > 0 {
			t.Errorf("%s: the playlist before breaks %v", test.rule, found)
		}
		good, _ := checkRead(test.good)
		if found := Update(prev, good); len(found) > 0 {
			t.Errorf("%s: the good update breaks %v", test.rule, found)
		}
		bad, _ := checkRead(test.bad)
		got := checkRuleNames(append(Update(prev, bad), Playlist(bad)...))
		if len(got) != 1 || got[0] != test.rule {
			t.Errorf("%s: the bad update breaks %v", test.rule, got)
		}
	}
}
