package hls

import (
	"net/url"
	"testing"
)

// TestGap: a gap is told from a segment, whatever else stands before it.
func TestGap(t *testing.T) {
	m, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n#EXT-X-GAP\n#EXTINF:2,\n1.ts\n#EXTINF:2,\n#EXT-X-GAP\r\n2.ts\n#EXT-X-GAPS\n#EXTINF:2,\n3.ts\n"), Options{Base: &url.URL{}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, true, false} {
		if got := m.Gap(i); got != want {
			t.Errorf("segment %d: %t", i, got)
		}
	}
}
