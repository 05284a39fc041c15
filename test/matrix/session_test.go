package matrix

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// channelWithAvail is a plain channel with an avail from 20 s to 40 s.
func (w *world) channelWithAvail() *channel {
	w.configure(originURL + "/live")
	c := w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8"), audio("a0.m3u8"))
	c.serve("origin.example")
	return c
}

// TestHeadStartsNothing: a HEAD makes no session, asks nobody, fires nothing.
func TestHeadStartsNothing(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		if a := w.do(http.MethodHead, "/v1/master/"+w.hash+"/"+configuration+"/master.m3u8"); a.Code != 200 || a.Body.Len() > 0 {
			t.Errorf("HEAD of the multivariant playlist: %d, %d bytes", a.Code, a.Body.Len())
		}
		if n := w.net.count(originURL + "/live/master.m3u8"); n != 0 {
			t.Errorf("the origin was asked %d times", n)
		}
		p := w.join("master.m3u8")
		for w.now() < 30*sec { // plays, but fetches no segments
			for _, u := range p.urls {
				w.get(u)
			}
			w.until(w.now() + sec)
		}
		heads := 0
		for _, line := range strings.Split(w.get(p.urls[0]).Body.String(), "\n") {
			if _, rest, ok := strings.Cut(line, "/segment/"); ok {
				heads++
				if a := w.do(http.MethodHead, "/v1/segment/"+rest); a.Code != http.StatusFound {
					t.Errorf("HEAD of an ad segment: %d %s", a.Code, a.Body)
				}
			}
		}
		if heads == 0 {
			t.Error("no ad segments were listed")
		}
		if n := len(w.beacons.fired); n != 0 {
			t.Errorf("%d events were triggered: %v", n, w.beacons.fired)
		}
	})
}

// TestSessionErrors: sessions that are not there, or whose configuration is not.
func TestSessionErrors(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.maxSessions = 2
		w.reopen()
		w.channelWithAvail()
		p := w.join("master.m3u8").follow(25 * sec)
		unknown := strings.Replace(p.urls[0], p.id, "3e4c1ad9-3b4d-4a6c-9d0f-5d2f7c1f2a11", 1)
		want := func(target string, status int, kind string) {
			t.Helper()
			a := w.get(target)
			wantError(t, a.Code, a.Header(), a.Body.Bytes(), status, kind)
		}
		want(unknown, 404, "NotFoundException")
		want(p.urls[0][:strings.LastIndexByte(p.urls[0], '/')]+"/77.m3u8", 404, "NotFoundException")
		want(strings.Replace(p.urls[0], configuration, "other", 1), 404, "NotFoundException")
		want(strings.Replace(p.master, configuration, "other", 1), 404, "NotFoundException")
		want(strings.Replace(strings.Replace(unknown, "/manifest/", "/segment/", 1), ".m3u8", "/1030.ts", 1), 404, "NotFoundException")
		want(strings.Replace(strings.Replace(p.urls[0], "/manifest/", "/segment/", 1), ".m3u8", "/1.ts", 1), 404, "NotFoundException")

		long := strings.Repeat("x", 8<<10)
		for _, parameter := range []string{"ads.a", "ads." + long, "playerParams.a", "manifest.a", "token", "aws.streamId"} {
			want(p.master+"?"+parameter+"="+long, 400, "BadRequestException")
		}

		w.join("master.m3u8")
		want(p.master, 503, "ThrottlingException")
		p.follow(30 * sec) // those who are in stay in

		if err := w.configurations.Delete(context.Background(), configuration); err != nil {
			t.Fatal(err)
		}
		want(p.urls[0], 404, "NotFoundException")
		want(p.master, 404, "NotFoundException")
		for uri := range p.ads[0] {
			want(uri, 404, "NotFoundException")
			break
		}
	})
}

// TestLeastRecentlyUsedGivesWay: where all places in memory are taken, a session that
// nobody plays gives way to a new one, and continues from the store when its player
// comes back.
func TestLeastRecentlyUsedGivesWay(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.maxSessions = 2
		w.reopen()
		w.channelWithAvail()
		paused := w.join("master.m3u8").follow(25 * sec)
		playing := w.join("master.m3u8").follow(45 * sec)
		late := w.join("master.m3u8").follow(50 * sec)
		paused.follow(60 * sec)
		playing.follow(70 * sec)
		late.follow(80 * sec)
	})
}

// TestKill: the process is killed in the middle of an avail and started again
// over the same store; the session's playlists continue, whichever request
// comes first.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, at := range []int{18, 21, 25, 33, 39, 41, 50} {
		t.Run(fmt.Sprint(at, " s"), func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.channelWithAvail()
				p := w.join("master.m3u8")
				for n := 1; w.now() < 80*sec && !t.Failed(); n++ {
					p.poll()
					if n == at {
						w.reopen()
						for uri := range p.ads[1] {
							// A player that was in an ad asks for its next segment first.
							if a := w.get(uri); a.Code != http.StatusFound {
								t.Errorf("GET %s: %d %s", uri, a.Code, a.Body)
							}
						}
					}
					w.until(w.now() + sec)
				}
				p.wantAds(20)
				if n := w.ads.total(); n > 2 {
					t.Errorf("%d ad requests", n)
				}
			})
		})
	}
}

// TestEveryNodeForgets: the process is killed after every answer.
func TestEveryNodeForgets(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		p := w.join("master.m3u8")
		for w.now() < 70*sec && !t.Failed() {
			p.poll()
			w.until(w.now() + 2*sec)
			w.reopen()
		}
		if p.seconds(0, true) < 10 {
			t.Errorf("%.1f s of ads", p.seconds(0, true))
		}
	})
}
