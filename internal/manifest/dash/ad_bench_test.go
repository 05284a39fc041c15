package dash

import (
	"testing"

	"stitcher/internal/manifest/dash/twins"
)

// BenchmarkAd is what the first answer with an ad costs more than the next.
func BenchmarkAd(b *testing.B) {
	v, p := benchMPD(b, 20)
	it := &p.Breaks[0].Items[0]
	b.ReportAllocs()
	for b.Loop() {
		twins.New(v.Presentation).Text(0, it.Asset, it.Tracks)
	}
}
