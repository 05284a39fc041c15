//go:build e2e

package e2e

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oneAvail is what is on screen from before an avail until after it.
func oneAvail(pod []string) []string {
	return append(append([]string{"content"}, pod...), "content")
}

// TestDemo is what a newcomer does, with everything that can watch a stream:
// three players, ffmpeg and a strict client, through an avail.
func TestDemo(t *testing.T) {
	p := startDemo(t)
	for _, format := range []string{"ts", "cmaf"} {
		t.Run("live "+format, func(t *testing.T) {
			address := p.stream(t, "/live/"+format+"/")
			p.availIn(t, 6*time.Second, 20*time.Second)
			t.Run("players", func(t *testing.T) { t.Parallel(); playersSeeOneAvail(t, p, address) })
			t.Run("strict client", func(t *testing.T) { t.Parallel(); strictClientSeesOneAvail(t, p, address) })
			if format == "ts" {
				// FFmpeg's reader takes one init section a stream: in fMP4 it
				// can't decode a splice, whoever made it.
				t.Run("ffmpeg", func(t *testing.T) { t.Parallel(); ffmpegDecodes(t, address) })
			}
		})
	}
	t.Run("vod", func(t *testing.T) {
		address := p.stream(t, "/vod/ts/")
		want := oneAvail(podOf(t, address))
		for _, r := range play(t, 3*time.Minute, playCase{Name: "vod-hls", Player: "hls", Src: address, Want: want}) {
			checkSmooth(t, &r)
			checkScreen(t, &r, want...)
		}
	})
}

func playersSeeOneAvail(t *testing.T, p *program, address string) {
	pod := podOf(t, address)
	want := oneAvail(pod)
	name := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
	var cases []playCase
	for _, player := range []string{"hls", "shaka", "videojs"} {
		cases = append(cases, playCase{Name: name + "-" + player, Player: player, Src: address, Want: want})
	}
	for _, r := range play(t, 2*time.Minute, cases...) {
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

func strictClientSeesOneAvail(t *testing.T, p *program, address string) {
	v := watch(t, address)
	v.pollUntil(t, time.Minute, "ads are listed", func() bool { return v.tail(true) > 0 })
	v.pollUntil(t, time.Minute, "content is back", func() bool { return v.tail(false) > 4 })
	v.report(t)
	checkBeacons(t, p, v.session, podOf(t, address))
}

// ffmpegDecodes reads a stream as it comes: it must get every frame of the time
// it watches, and find no fault in any.
func ffmpegDecodes(t *testing.T, address string) {
	const watch = 56 * time.Second
	const frames = 25 * int(watch/time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), watch+20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-nostdin", "-v", "error",
		"-http_persistent", "0", // it complains of every playlist that names two hosts
		"-i", address,
		"-map", "0:v:0", "-map", "0:a:0",
		// Frames of AAC end a little after the picture at a cut, where they overlap
		// what follows; that is no fault, but the muxer of nothing complains.
		"-af", "asetpts=N/SR/TB",
		"-frames:v", strconv.Itoa(frames), "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("ffmpeg on %d frames: %v: %s", frames, err, out)
	}
}
