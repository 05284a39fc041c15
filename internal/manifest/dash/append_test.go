package dash

import (
	"strings"
	"testing"
)

// TestEmptyTimeline: a SegmentTimeline without entries, whose Representations have their
// own, stays as it is in each part of a Period.
func TestEmptyTimeline(t *testing.T) {
	tpl := compileText(t, pinHead+`<Period id="p" start="PT0S"><AdaptationSet contentType="video" mimeType="video/mp4"><SegmentTemplate timescale="1" media="$Time$.m4s"><SegmentTimeline></SegmentTimeline></SegmentTemplate>`+
		`<Representation id="v" bandwidth="1"><SegmentTemplate><SegmentTimeline><S t="0" d="2" r="9"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>`)
	at, _ := tpl.Starts()
	got := string(tpl.At(at).Append(nil, &Plan{Breaks: []Break{{ID: "b", Start: at + 8_000_000, Return: at + 12_000_000}}}))
	if strings.Count(got, "<MPD") != 1 || strings.Count(got, "<SegmentTimeline></SegmentTimeline>") != 2 {
		t.Error(got)
	}
}
