package encode

import (
	"strings"
	"testing"

	"stitcher/internal/transcodecache/profile"
)

// TestScaleWhereItIsCheapest: huge pictures were scaled at the content's frame rate,
// however few they were.
func TestScaleWhereItIsCheapest(t *testing.T) {
	p := small()
	pl, err := NewPlan(p, 10*second)
	if err != nil {
		t.Fatal(err)
	}
	frames := pl.grids[p.Reference()].Total()
	for pictures, scaleFirst := range map[int64]bool{10: true, frames - 1: true, frames: false, 4 * frames: false} {
		g := graph(p, pl, &Source{video: 0, audio: -1, Pictures: pictures}, DefaultLoudness)
		if got := strings.Index(g, "scale=") < strings.Index(g, "fps=fps"); got != scaleFirst {
			t.Errorf("%d pictures for %d frames: scale before fps is %t: %s", pictures, frames, got, g)
		}
	}
}

// small is a profile that is encoded quickly.
func small() profile.Profile {
	return profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{{
		Name: "v0", Kind: profile.VideoKind, Container: profile.TS,
		Video: &profile.Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 160, Height: 90, Rate: profile.Ratio{Num: 25, Den: 1}, Bitrate: 200_000},
		Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
	}}}
}
