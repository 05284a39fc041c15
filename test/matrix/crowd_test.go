package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// TestCrowd: a thousand viewers at one avail cost one ad request each, one
// fetch a URL and refresh interval, and each beacon once however often and at
// once the segments are asked for.
func TestCrowd(t *testing.T) {
	t.Parallel()
	const viewers = 1000
	play(t, func(t *testing.T, w *world) {
		c := w.channelWithAvail()
		var mu sync.Mutex
		fetches := map[string]int{}
		c.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				fetches[fmt.Sprint(r.URL.Path, " ", w.now().Truncate(sec))]++
				mu.Unlock()
				next.ServeHTTP(rw, r)
			})
		}
		c.serve("origin.example")
		masters := make([]string, viewers)
		each := func(f func(i int)) {
			var all sync.WaitGroup
			for i := range viewers {
				all.Go(func() { f(i) })
			}
			all.Wait()
		}
		each(func(i int) {
			a := w.get("/v1/master/" + w.hash + "/" + configuration + "/master.m3u8")
			for _, line := range strings.Split(a.Body.String(), "\n") {
				if _, rest, ok := strings.Cut(line, "manifest/"); ok && strings.HasSuffix(rest, ".m3u8") {
					masters[i] = "/v1/manifest/" + rest
					return
				}
			}
			t.Errorf("viewer %d: %d %s", i, a.Code, a.Body)
		})
		for w.now() < 46*sec {
			each(func(i int) {
				a := w.get(masters[i])
				if a.Code != http.StatusOK {
					t.Errorf("viewer %d: %d %s", i, a.Code, a.Body)
					return
				}
				if int(w.now()/sec) != 44 {
					return
				}
				var twice sync.WaitGroup
				for _, line := range strings.Split(a.Body.String(), "\n") {
					if _, rest, ok := strings.Cut(line, "segment/"); ok {
						for range 2 {
							twice.Go(func() {
								if a := w.get("/v1/segment/" + rest); a.Code != http.StatusFound {
									t.Errorf("segment %s: %d", rest, a.Code)
								}
							})
						}
					}
				}
				twice.Wait()
			})
			synctest.Wait()
			w.until(w.now() + 2*sec)
		}
		if n := w.ads.total(); n != viewers || len(w.ads.calls) != viewers {
			t.Errorf("%d ad requests of %d sessions, want %d", n, len(w.ads.calls), viewers)
		}
		for at, n := range fetches {
			if n > 1 {
				t.Errorf("the origin was asked %d times: %s", n, at)
			}
		}
		if n := w.beacons.total("impression"); n != 4*viewers {
			t.Errorf("%d impressions, want %d", n, 4*viewers)
		}
		if n := w.beacons.total("complete"); n != 4*viewers {
			t.Errorf("%d completes, want %d", n, 4*viewers)
		}
	})
}

// TestOnlyVideoTriggers: segments of audio and subtitles imply nothing, unless
// there is no video.
func TestOnlyVideoTriggers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rs    func() []*rendition
		kind  string
		wants int
	}{
		{"video", func() []*rendition {
			return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")}
		}, "video", 4},
		{"audio beside video", func() []*rendition {
			return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")}
		}, "audio", 0},
		{"subtitles", func() []*rendition {
			return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec), lay("t0.m3u8", "text", 300*sec, 4*sec)}
		}, "subtitles", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.newChannel(c.rs()...).serve("origin.example")
				p := w.join("master.m3u8")
				for i, kind := range p.kinds {
					if kind != c.kind {
						continue
					}
					for w.now() < 60*sec && !t.Failed() {
						p.pollOne(i)
						w.until(w.now() + sec)
					}
				}
				if n := w.beacons.total("impression"); n != c.wants {
					t.Errorf("%d impressions, want %d", n, c.wants)
				}
			})
		})
	}
}
