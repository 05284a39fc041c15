package xsd_test

import (
	"strings"
	"testing"

	"stitcher/internal/lint/xsd"
	"stitcher/internal/lint/xsd/xsdtest"
)

const valid = `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" mediaPresentationDuration="PT10S">
<Location>https://x.example/a.mpd</Location>
<Period id="p"><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1000"/></AdaptationSet></Period>
</MPD>
`

// TestCheck: each document has its own faults, whatever the others have.
func TestCheck(t *testing.T) {
	s := xsdtest.MPD(t)
	documents := [][]byte{
		[]byte(valid),
		[]byte(strings.Replace(valid, "<Location>", "<Location2/><Location>", 1)),
		[]byte("no XML"),
		[]byte(valid),
	}
	found, err := s.Check(t.Context(), documents...)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 3, 1, 0} {
		switch {
		case want == 0 && found[i] != nil:
			t.Errorf("document %d is valid: %v", i, found[i])
		case want > 0 && (len(found[i]) == 0 || found[i][0].Line != want || found[i][0].Detail == ""):
			t.Errorf("document %d: %v, want line %d", i, found[i], want)
		}
	}
}

func TestOpen(t *testing.T) {
	if _, err := xsd.Open("none"); err == nil {
		t.Error("a schema that is not there")
	}
}
