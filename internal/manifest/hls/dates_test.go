package hls

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"stitcher/internal/manifest/hls/dates"
	"stitcher/test/corpus"
)

// FuzzRedate: dates that move by nothing leave every byte as it was, whatever
// the playlist, and with ads in it.
func FuzzRedate(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\r\n#EXT-X-DATERANGE:ID=\"a,b\", START-DATE = \"2026-01-01T00:00:00Z\" ,DURATION=1.50,X=\"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00+0100\n#EXTINF:6,\n0.ts\n#EXT-X-DATERANGE:END-DATE=x"), uint64(1))
	f.Add([]byte(randomPlaylist(rand.New(rand.NewPCG(1, 2)))), uint64(3))
	f.Fuzz(func(t *testing.T, src []byte, seed uint64) {
		tpl, err := Compile(src, Options{})
		if err != nil || len(tpl.Segments) == 0 {
			t.Skip()
		}
		p := randomPlan(rand.New(rand.NewPCG(5, seed)), tpl)
		want := tpl.Append(nil, p)
		p.Shifts = []dates.Shift{{At: 0, By: 0}}
		if got := tpl.Append(nil, p); !bytes.Equal(got, want) {
			t.Errorf("%s", corpus.Difference(string(want), string(got)))
		}
	})
}
