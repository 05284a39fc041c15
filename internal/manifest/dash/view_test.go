package dash

import (
	"testing"

	"stitcher/internal/manifest/dash/presentation"
)

// TestAt: the view is the same while no segment is added.
func TestAt(t *testing.T) {
	src := `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT10S"><Period start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$"/><Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>`
	tpl, err := Compile([]byte(src), presentation.Options{Base: testBase})
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := tpl.At(1_700_000_000_000_000), tpl.At(1_700_000_001_999_999), tpl.At(1_700_000_002_000_000)
	if a != b || a.Next() != 1_700_000_000_000_000 {
		t.Errorf("views end at %d and %d", a.Next(), b.Next())
	}
	if c == a || c.Next() != 1_700_000_002_000_000 || len(c.Segments) != 5 {
		t.Errorf("view of %d segments ends at %d", len(c.Segments), c.Next())
	}
	if init, media := tpl.Sample(0, 1_700_000_002_000_000); init.URI != "" || media.URI != "https://origin.example/live/a/850000000" {
		t.Errorf("sample %+v, %+v", init, media)
	}
}
