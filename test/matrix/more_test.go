package matrix

import (
	"net/http"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/rule"
)

// TestSlate: what ads leave of an avail is slate, to the avail's very end.
func TestSlate(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL+"/live", "SlateAdUrl", "http://media.example/ad-9-4")
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(vast(1, 5))) }
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		w.join("master.m3u8").follow(80 * sec).wantAds(20)
		if n := w.beacons.total("impression"); n != 1 {
			t.Errorf("%d impressions, want that of the ad alone", n)
		}
		// What is prepared when a session starts is what its avails ask for.
		if keys := w.shelf.keys["http://media.example/ad-9-4"]; len(keys) != 1 {
			t.Errorf("the slate was asked for as %v", keys)
		}
	})
}

// TestClips: the slate and the bumpers that a viewer's aliases choose are prepared
// when the session starts, not when its first avail comes: what is seen for the
// first time in an avail is not shown (field failure B-56).
func TestClips(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.shelf.work = 10 * sec
		w.configure(originURL+"/live", "SlateAdUrl", "http://media.example/[player_params.slate]",
			"Bumper", map[string]string{"StartUrl": "http://media.example/ad-1-1", "EndUrl": "http://media.example/ad-2-1"},
			"ConfigurationAliases", map[string]any{"player_params.slate": map[string]string{"long": "ad-9-4"}})
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(vast(0, 5))) }
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		w.join("master.m3u8?playerParams.slate=long").follow(80 * sec).wantAds(20)
		for _, clip := range []string{"ad-9-4", "ad-1-1", "ad-2-1"} {
			if at, ok := w.shelf.asked["http://media.example/"+clip]; !ok || at.Sub(w.began) > sec || len(w.shelf.keys["http://media.example/"+clip]) != 1 {
				t.Errorf("%s was asked for at %v, as %v", clip, at, w.shelf.keys["http://media.example/"+clip])
			}
		}
	})
}

// TestMissingRendition: a rendition that the origin lists and does not have is
// nobody's business but of those who ask for it.
func TestMissingRendition(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		o := w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8"))
		o.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "a0.m3u8") {
					http.NotFound(rw, r)
					return
				}
				next.ServeHTTP(rw, r)
			})
		}
		o.serve("origin.example")
		p := w.join("master.m3u8")
		for w.now() < 70*sec && !t.Failed() {
			p.pollOne(0)
			w.until(w.now() + sec)
		}
		if got := p.seconds(0, true); got != 20 {
			t.Errorf("%.1f s of ads", got)
		}
		a := w.get(p.urls[1])
		wantError(t, a.Code, a.Header(), a.Body.Bytes(), 404, "NotFoundException")
	})
}

// TestRestartWhileDead: the origin starts again while the process is down.
func TestRestartWhileDead(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v, x := video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8").avail(120*sec, 20*sec)
		for _, r := range []*rendition{v, x} {
			r.avail(200*sec, 20*sec)
			for k := range r.segments {
				if s := &r.segments[k]; s.start >= 132*sec {
					s.sequence -= 1030
					s.uri = "r" + s.uri
				}
			}
			r.restart(132 * sec)
		}
		w.newChannel(v, x).serve("origin.example")
		p := w.join("master.m3u8").excuse(rule.WindowTooShort).follow(31 * sec)
		w.reopen()
		w.until(60 * sec)
		p.follow(150 * sec)
		if got := p.seconds(0, true); got < 25 {
			t.Errorf("%.1f s of ads", got)
		}
	})
}

// TestOutageInAvail: the origin is away while an avail goes by, with and
// without dates; afterwards everything goes on.
func TestOutageInAvail(t *testing.T) {
	t.Parallel()
	for _, dated := range []bool{true, false} {
		for _, from := range []int{19, 22, 30, 38, 42} {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				rs := []*rendition{
					video("v0.m3u8").avail(120*sec, 20*sec).avail(220*sec, 20*sec), lay("a0.m3u8", "audio", 300*sec, 4*sec),
				}
				if !dated {
					undate(rs...)
				}
				discontinue(160*sec, 0, rs...)
				w.newChannel(rs...).serve("origin.example")
				p := w.join("master.m3u8")
				for range from {
					p.poll()
					w.until(w.now() + sec)
				}
				w.net.fault(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host != "origin.example" {
						return nil, nil
					}
					return status(500)(r)
				})
				w.until(100 * sec)
				w.net.fault(nil)
				w.until(103 * sec)
				p.follow(170 * sec)
				if got := p.seconds(0, true); got < 20 || t.Failed() {
					t.Errorf("outage from %d s, dates %v: %.1f s of ads", from, dated, got)
				}
			})
		}
	}
}
