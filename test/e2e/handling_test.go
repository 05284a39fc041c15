//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestHandling plays a channel with a window of two minutes as viewers do: they
// choose another quality in the middle of an ad, and go back over an avail that is
// past. The ads are there again, at the same addresses, and no beacon is sent
// twice. Then they choose qualities as segments of two creatives, and of ads and
// content, meet, and go forward to the live edge.
func TestHandling(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	for _, format := range []string{"ts", "cmaf"} {
		t.Run(format, func(t *testing.T) {
			p := startDemo(t, onDemand)
			address, _ := p.live(t, format)
			pod := podFor(shortAvail)
			first, last := pod[0], pod[1]
			want := append(oneAvail(pod), oneAvail(pod)[1:]...)
			// The last segments of a creative; video.js may leap over one (see leap).
			end := func(creative string) float64 { return lengths[creative] - 2.4 }
			steps := []step{
				{At: "content", For: 1, Do: "quality", Arg: "bottom"},
				{At: first, For: 3, Do: "quality", Arg: "top"},
				{At: last, For: 6, Do: "quality", Arg: "bottom"},
				{At: "content", For: 4, Do: "before", Arg: []any{first, 6}},
			}
			atCuts := append(slices.Clone(steps), []step{
				{At: first, For: 0.1, Do: "later quality", Arg: "top"},
				{At: first, For: end(first), Do: "quality", Arg: "bottom"},
				{At: last, For: end(last), Do: "quality", Arg: "top"},
				{At: "content", For: 0.1, Do: "quality", Arg: "bottom"},
				{At: "content", For: 3, Do: "live", Arg: 8},
			}...)
			var cases []playCase
			for _, player := range []string{"hls", "shaka", "videojs"} {
				one := playCase{Name: "handling-" + format + "-" + player, Player: player, Src: address, Want: want, Steps: atCuts}
				if player == "videojs" {
					// A switch just before a discontinuity makes it restart its
					// loaders, and now and then it goes on at the live edge.
					one.Steps = steps
				}
				cases = append(cases, one)
			}
			for _, r := range play(t, p.cueURL(shortAvail), cases...) {
				t.Run(r.Name, func(t *testing.T) {
					checkHandled(t, &r)
					checkScreen(t, &r, want...)
					if len(r.Sessions) != 1 {
						t.Fatalf("the player had sessions %v, want one", r.Sessions)
					}
					checkBeacons(t, p, r.Sessions[0], pod)
				})
			}
		})
	}
}

// TestLongPause pauses a live channel for longer than what is left of its window of
// 24 s behind a player: the players find back to the channel.
func TestLongPause(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	p := startDemo(t, onDemand)
	address := p.stream(t, "/live/ts/")
	var cases []playCase
	for _, player := range []string{"hls", "shaka", "videojs"} {
		cases = append(cases, playCase{
			Name: "pause-" + player, Player: player, Src: address, Want: []string{"content"},
			Steps: []step{{At: "content", For: 2, Do: "pause", Arg: 30, Grace: 600}}, Behind: 16,
		})
	}
	for _, r := range play(t, "", cases...) {
		t.Run(r.Name, func(t *testing.T) { checkHandled(t, &r) })
	}
}

// everyone is a stream's address for viewers of no audience.
func everyone(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

func withQuery(address, query string) string {
	if strings.Contains(address, "?") {
		return address + "&" + query
	}
	return address + "?" + query
}

// checkHandled fails where a player did not do what its viewer wanted. How long it
// stands still is not looked at: where a quality was chosen hls.js and video.js
// begin their buffers anew, and how long that takes is the machine's affair. A hole
// is a leap.
func checkHandled(t *testing.T, r *played) {
	t.Helper()
	if r.Crash != "" || r.Error != "" || !r.Done || r.Untaken > 0 {
		t.Errorf("crash %q, media error %q, done %t, %d steps were not taken", r.Crash, r.Error, r.Done, r.Untaken)
	}
	for _, line := range r.Errors {
		if strings.HasPrefix(line, "fatal") || strings.HasPrefix(line, "shaka severity 2") || strings.HasPrefix(line, "video.js") || strings.HasPrefix(line, "page") {
			t.Errorf("reported: %s", line)
		} else {
			t.Logf("recovered: %s", line)
		}
	}
	if most := leap(r); r.Jump > most {
		t.Errorf("the clock leapt by %.2f s, more than %.2f s", r.Jump, most)
	}
}
