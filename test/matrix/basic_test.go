package matrix

import "testing"

func TestPlainAvail(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v := video("v0.m3u8").avail(120*sec, 20*sec)
		w.newChannel(v, video("v1.m3u8"), lay("a0.m3u8", "audio", 300*sec, 1920*ms, 2005*ms)).serve("origin.example")
		c := w.join("master.m3u8").follow(100 * sec)
		c.wantAds(20)
		if n := w.beacons.total("impression"); n != 4 {
			t.Errorf("%d impressions, want 4", n)
		}
		if n := w.ads.total(); n != 1 {
			t.Errorf("%d ad requests, want 1", n)
		}
	})
}
