//go:build e2e

package e2e

import (
	"testing"
)

// oneAvail is what is on screen from before an avail until after it.
func oneAvail(pod []string) []string {
	return append(append([]string{"content"}, pod...), "content")
}

// TestDemo is what a newcomer does, with everything that can watch a stream:
// three players, ffmpeg and a strict client, through an avail. Each player plays
// both formats, and beside them the channel as its origin has it.
func TestDemo(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	p := startDemo(t, onDemand)
	t.Run("live", func(t *testing.T) {
		t.Run("hls", func(t *testing.T) { t.Parallel(); playerSeesOneAvail(t, p, "hls") })
		for _, format := range []string{"ts", "cmaf"} {
			t.Run("strict client "+format, func(t *testing.T) { t.Parallel(); strictClientSeesOneAvail(t, p, format) })
		}
		// FFmpeg's reader takes one init section a stream: in fMP4 it can't decode a
		// splice, whoever made it.
		t.Run("ffmpeg", func(t *testing.T) { t.Parallel(); ffmpegSeesOneAvail(t, p) })
	})
	for _, player := range []string{"shaka", "videojs"} {
		t.Run("live "+player, func(t *testing.T) { playerSeesOneAvail(t, p, player) })
	}
	t.Run("vod", func(t *testing.T) {
		address := p.awaitProfile(t, p.stream(t, "/vod/ts/"))
		want := oneAvail(podOf(t, address))
		for _, r := range play(t, "", playCase{Name: "vod-hls", Player: "hls", Src: address, Control: p.demo + "/vod/ts/index.m3u8", Want: want}) {
			checkSmooth(t, &r)
			checkScreen(t, &r, want...)
		}
	})
}

// live are the addresses of the live channel in a format: with ads, and as its
// origin has it. Their window of two minutes lets a player on a slow machine fall
// behind.
func (p *program) live(t *testing.T, format string) (address, control string) {
	t.Helper()
	address = withQuery(everyone(p.stream(t, "/live/"+format+"/")), "window=60")
	return p.awaitProfile(t, address), p.demo + "/live/" + format + "/index.m3u8"
}

func playerSeesOneAvail(t *testing.T, p *program, player string) {
	pod := podFor(shortAvail)
	want := oneAvail(pod)
	var cases []playCase
	for _, format := range []string{"ts", "cmaf"} {
		one := playCase{Name: "live-" + format + "-" + player, Player: player, Want: want}
		one.Src, one.Control = p.live(t, format)
		if format == "ts" {
			one.Control = "" // the other's is for both
		}
		cases = append(cases, one)
	}
	var results []played
	for range 3 {
		results = play(t, p.cueURL(shortAvail), cases...)
		control := results[len(results)-1].Control
		if control.watchable() {
			break
		}
		// What the players with ads did is not asked: this is no second chance.
		t.Logf("a %s that plays no ads stood still for %.1f s and leapt by %.1f s: the machine is too slow for three players now, and they are played again", player, control.stood(), control.Jump)
	}
	for _, r := range results {
		r.Control = results[len(results)-1].Control
		t.Run(r.Name, func(t *testing.T) {
			checkSmooth(t, &r)
			checkScreen(t, &r, want...)
			if len(r.Sessions) != 1 {
				t.Fatalf("the player had sessions %v, want one", r.Sessions)
			}
			checkBeacons(t, p, r.Sessions[0], pod)
		})
	}
}

func strictClientSeesOneAvail(t *testing.T, p *program, format string) {
	address, origin := p.live(t, format)
	v := watch(t, address).beside(t, origin)
	v.pollUntil(t, "ads are listed", func() bool { return v.tail(true) > 0 })
	v.pollUntil(t, "content is back", func() bool { return v.tail(false) > 4 })
	v.report(t)
	checkBeacons(t, p, v.session, podFor(shortAvail))
}
