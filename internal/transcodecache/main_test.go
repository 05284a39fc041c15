package transcodecache

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/mediatest"
)

func TestMain(m *testing.M) {
	if dir, path, ok := strings.Cut(os.Getenv(victim), "\n"); ok {
		if err := runVictim(os.Stdout, dir, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(mediatest.Run(m))
}

// probeParts asks ffprobe about files put one after the other, as a player
// feeds them to its decoder.
func probeParts(t *testing.T, paths ...string) *ffmpeg.Info {
	t.Helper()
	b := mediatest.Concat(t, paths...)
	demuxer, err := ffmpeg.Sniff(b[:min(len(b), ffmpeg.HeadBytes)])
	if err != nil {
		t.Fatal(err)
	}
	if demuxer == "mp3" {
		demuxer = "aac"
	}
	p, err := ffmpeg.ProbeBytes(context.Background(), b, demuxer)
	if err != nil {
		t.Fatalf("%s: %v", paths, err)
	}
	return p
}
