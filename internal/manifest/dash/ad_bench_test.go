package dash

import "testing"

// BenchmarkAd is what the first answer with an ad costs more than the next.
func BenchmarkAd(b *testing.B) {
	v, p := benchMPD(b, 20)
	b.ReportAllocs()
	for b.Loop() {
		v.makeAd(0, &p.Breaks[0].Items[0])
	}
}
