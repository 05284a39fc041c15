package matrix

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// TestDeadRendition: a rendition that the origin does not serve answers 404 alone;
// the others play, with ads (google/ExoPlayer#537, mangui/flashls#375,
// shaka-project/shaka-player#6940).
func TestDeadRendition(t *testing.T) {
	t.Parallel()
	const never = time.Hour
	for _, c := range []struct {
		name string
		path string
		// dies and returns are when the rendition is not served, in the time of the
		// world.
		dies, returns time.Duration
		undated       bool
		restart       time.Duration
		// apart is set where nothing says where the first rendition stands among the
		// others: for so long there is nothing new when it dies.
		apart time.Duration
	}{
		{name: "the first from the start", path: "primary.m3u8", returns: never},
		{name: "the backup from the start", path: "backup.m3u8", returns: never},
		{name: "sound from the start", path: "audio.m3u8", returns: never},
		{name: "the first before an avail", path: "primary.m3u8", dies: 10 * sec, returns: never},
		{name: "the first in an avail", path: "primary.m3u8", dies: 32 * sec, returns: never},
		{name: "the first between two avails", path: "primary.m3u8", dies: 70 * sec, returns: never},
		{name: "the first and it comes back", path: "primary.m3u8", dies: 10 * sec, returns: 80 * sec},
		{name: "the first, without dates", path: "primary.m3u8", dies: 10 * sec, returns: never, undated: true},
		{name: "the first, without dates, from the start", path: "primary.m3u8", returns: never, undated: true},
		{name: "the first, then the process", path: "primary.m3u8", dies: 10 * sec, returns: never, restart: 12 * sec},
		{name: "the first, without dates, then the process", path: "primary.m3u8", dies: 10 * sec, returns: never, undated: true, restart: 12 * sec},
		{name: "the first, of which nothing says where it stands", path: "primary.m3u8", dies: 10 * sec, returns: never, undated: true, apart: 28 * sec},
		{name: "the same, and it comes back", path: "primary.m3u8", dies: 10 * sec, returns: 60 * sec, undated: true, apart: 28 * sec},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				dead := func(path string) bool {
					return strings.HasSuffix(path, c.path) && w.now() >= c.dies && w.now() < c.returns
				}
				primary, backup := lay("primary.m3u8", "video", 300*sec, 4*sec), lay("backup.m3u8", "video", 300*sec, 4*sec)
				sound := lay("audio.m3u8", "audio", 300*sec, 4*sec)
				for i := range backup.segments {
					if !c.undated || c.apart > 0 {
						backup.segments[i].sequence += 500
					}
					if c.apart > 0 {
						sound.segments[i].sequence += 500
					}
				}
				ads, patience := 20.0, 8*sec
				if c.apart > 0 {
					ads, patience = 10, c.apart // the first avail was before the timeline went on
				}
				for _, r := range []*rendition{primary, backup} {
					for _, at := range []time.Duration{ago + 28*sec, ago + 88*sec} {
						r.avail(at, 12*sec)
					}
				}
				list := []*rendition{primary, backup, sound}
				if c.undated {
					list = undate(list...)
				}
				ch := w.newChannel(list...)
				ch.wrap = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						if dead(r.URL.Path) {
							http.NotFound(rw, r)
							return
						}
						next.ServeHTTP(rw, r)
					})
				}
				ch.serve("origin.example")
				w.configure(originURL + "/live")
				v := w.join("master.m3u8")
				if c.apart > 0 {
					v.excuse(rule.WindowTooShort) // an epoch begins
				}
				grown := make([]time.Duration, 3)
				paths := []string{"primary.m3u8", "backup.m3u8", "audio.m3u8"}
				for w.now() < 125*sec && !t.Failed() {
					if c.restart > 0 && w.now() >= c.restart {
						w.reopen()
						c.restart = 0
					}
					var living []*listing.Listing
					for i, path := range paths {
						if dead(path) {
							code := w.get(v.urls[i]).Code
							stale := w.now() < c.dies+45*sec && c.dies > 0 // the last playlist is served a while
							if code != http.StatusNotFound && !(stale && code == http.StatusOK) {
								t.Errorf("%v: %s answers %d", w.now(), path, code)
							}
							continue
						}
						before := len(v.order[i])
						v.pollOne(i)
						living = append(living, v.last[i])
						if len(v.order[i]) > before {
							grown[i] = w.now()
						} else if d := w.now() - grown[i]; d > patience {
							t.Errorf("%v: %s has not grown for %v", w.now(), path, d)
						}
					}
					for _, x := range check.Renditions(living...) {
						v.violation(0, x, "")
					}
					time.Sleep(sec)
				}
				for i, path := range paths {
					if c.path == path && c.returns == never {
						continue
					}
					if got := v.seconds(i, true); got < ads-1 || got > ads+1 {
						if path != c.path {
							t.Errorf("%s listed %.1f s of ads, want %v", path, got, ads)
						}
					}
				}
			})
		})
	}
}
