package matrix

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check/rule"
)

// TestAssets: assets that have ended, or grow to their end.
func TestAssets(t *testing.T) {
	t.Parallel()
	vod := func(rs ...*rendition) []*rendition {
		for _, r := range rs {
			r.header, r.window, r.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
			r.segments = r.segments[:len(r.segments):len(r.segments)]
		}
		return rs
	}
	short := func(name string) *rendition { return lay(name, "video", 60*sec, 4*sec) }
	shortAudio := func(name string) *rendition { return lay(name, "audio", 60*sec, 1920*ms, 2005*ms) }
	for _, c := range []struct {
		name string
		make func() []*rendition
		ads  float64
		// content is how much of the asset is left.
		content float64
		until   time.Duration
		excuse  []string
	}{
		{
			name: "pair of markers: insertion", ads: 20, content: 60,
			make: func() []*rendition {
				return vod(undate(short("v0.m3u8").tag(20*sec, "#EXT-X-CUE-OUT:20").tag(20*sec, "#EXT-X-CUE-IN"), short("v1.m3u8"))...)
			},
		},
		{
			name: "marker with a length: replacement", ads: 20, content: 40,
			make: func() []*rendition { return vod(short("v0.m3u8").avail(20*sec, 20*sec), short("v1.m3u8")) },
		},
		{
			name: "markers without a length: replacement of what is between", ads: 20, content: 40,
			make: func() []*rendition {
				return vod(short("v0.m3u8").tag(20*sec, "#EXT-X-CUE-OUT").tag(40*sec, "#EXT-X-CUE-IN"), short("v1.m3u8"))
			},
		},
		{
			name: "without markers: before the content", ads: 300, content: 60,
			make: func() []*rendition { return vod(undate(short("v0.m3u8"), short("v1.m3u8"))...) },
		},
		{
			name: "several pairs, audio apart", ads: 40, content: 60,
			make: func() []*rendition {
				v := short("v0.m3u8")
				for _, at := range []time.Duration{16 * sec, 40 * sec} {
					v.tag(at, "#EXT-X-CUE-OUT:20").tag(at, "#EXT-X-CUE-IN")
				}
				return vod(undate(v, shortAudio("a0.m3u8"))...)
			},
		},
		{
			name: "one pair, audio apart", ads: 20, content: 60,
			make: func() []*rendition {
				return vod(undate(short("v0.m3u8").tag(20*sec, "#EXT-X-CUE-OUT:20").tag(20*sec, "#EXT-X-CUE-IN"), shortAudio("a0.m3u8"))...)
			},
		},
		{
			name: "EVENT that ends", ads: 20, content: 220, until: 150 * sec,
			make: func() []*rendition {
				var rs []*rendition
				for _, r := range []*rendition{
					lay("v0.m3u8", "video", 240*sec, 4*sec).avail(120*sec, 20*sec), lay("a0.m3u8", "audio", 240*sec, 4*sec),
				} {
					r.header, r.window, r.ends, r.delay = []string{"#EXT-X-PLAYLIST-TYPE:EVENT"}, 0, 240*sec, 0
					rs = append(rs, r)
				}
				return rs
			},
			// The origin publishes ENDLIST with the last segment: the
			// renditions end in turns within one poll.
			excuse: []string{rule.PlaylistTypeDiffers},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.newChannel(c.make()...).serve("origin.example")
				p := w.join("master.m3u8").excuse(c.excuse...)
				if c.until == 0 {
					c.until = 5 * sec
				}
				p.follow(c.until)
				if c.ads > 0 {
					p.wantAds(c.ads)
				}
				for i := range p.urls {
					if got := p.seconds(i, false); got < c.content-4 || got > c.content+4 {
						t.Errorf("rendition %d listed %.1f s of content, want %.1f", i, got, c.content)
					}
					if !p.last[i].Ended {
						t.Errorf("rendition %d has no ENDLIST", i)
					}
				}
			})
		})
	}
}

// TestAssetWaits: an asset's one playlist waits for a slow ad server as long as
// the configuration's budget for assets, for what it does not list is never
// shown.
func TestAssetWaits(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.answer = func(a http.ResponseWriter, _ *http.Request) {
			time.Sleep(2800 * ms)
			fmt.Fprint(a, vast(2, 10))
		}
		v := lay("v0.m3u8", "video", 60*sec, 4*sec)
		v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
		w.newChannel(v.tag(20*sec, "#EXT-X-CUE-OUT:20").tag(20*sec, "#EXT-X-CUE-IN")).serve("origin.example")
		p := w.join("master.m3u8")
		p.poll()
		if got := p.seconds(0, true); got != 20 {
			t.Errorf("%.1f s of ads after %v", got, w.now())
		}
	})
}

// TestVMAP: the breaks of a VMAP document stand where segments begin, not after
// their times (reference §3.3), in every rendition, and stay there when the
// process starts again.
func TestVMAP(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		pod := func(offset string, ads, length int) string {
			return fmt.Sprintf(`<vmap:AdBreak timeOffset=%q breakType="linear" breakId=%q><vmap:AdSource><vmap:VASTAdData>%s</vmap:VASTAdData></vmap:AdSource></vmap:AdBreak>`,
				offset, offset, vast(ads, length))
		}
		w.ads.answer = func(a http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(a, `<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0">`+
				pod("start", 1, 10)+pod("00:00:25", 2, 5)+pod("00:00:26.5", 1, 5)+pod("75%", 1, 10)+pod("end", 1, 5)+`</vmap:VMAP>`)
		}
		v, a := lay("v0.m3u8", "video", 60*sec, 4*sec), lay("a0.m3u8", "audio", 60*sec, 1920*ms, 2005*ms)
		for _, r := range []*rendition{v, a} {
			r.header, r.window, r.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
		}
		w.newChannel(v, a).serve("origin.example")
		p := w.join("master.m3u8")
		p.poll()
		w.reopen()
		p.poll()
		p.wantAds(40)
		var where []string // the content before each pod
		content, inPod := 0.0, false
		for _, uri := range p.order[0] {
			if isAd(uri) {
				if !inPod {
					where = append(where, fmt.Sprint(content))
				}
				inPod = true
				continue
			}
			inPod = false
			content += float64(p.length[0][uri]) / 1e6
		}
		if got := fmt.Sprint(where); got != "[0 24 44 60]" {
			t.Errorf("pods stand after %s s of content", got)
		}
		if n := w.ads.total(); n != 1 {
			t.Errorf("%d ad requests", n)
		}
	})
}

// TestAssetPositions: the avails of an asset with markers are before, in and after
// its content ([BREAKPOSITION], VAST 4.3 §6), with dates and without.
func TestAssetPositions(t *testing.T) {
	t.Parallel()
	for _, undated := range []bool{false, true} {
		play(t, func(t *testing.T, w *world) {
			w.configure(originURL+"/live", "AdDecisionServerUrl", "http://ads.example/vast?p=[BREAKPOSITION]")
			v := lay("v0.m3u8", "video", 60*sec, 4*sec)
			v.header, v.window, v.ends, v.undated = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec, undated
			for _, at := range []time.Duration{0, 20 * sec, 56 * sec} {
				v.tag(at, "#EXT-X-CUE-OUT:0").tag(at, "#EXT-X-CUE-IN")
			}
			w.newChannel(v).serve("origin.example")
			w.join("master.m3u8").poll()
			if got := fmt.Sprint(w.ads.calls); got != "map[p=1:1 p=2:1 p=3:1]" {
				t.Errorf("undated %v: asked %s", undated, got)
			}
		})
	}
}
