package prepare

import (
	"errors"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/profile"
)

func TestMissingEncoder(t *testing.T) {
	m := &Maker{Encoders: encode.Encoders{Names: map[string]bool{"libx264": true}}}
	p := profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{{
		Name: "v0", Kind: profile.VideoKind, Container: profile.TS,
		Video: &profile.Video{Codec: "hevc", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 160, Height: 90, Rate: profile.Ratio{Num: 25, Den: 1}, Bitrate: 200_000},
	}}}
	_, err := m.Prepare(t.Context(), t.TempDir(), p, avail.Creative{URL: "any"}, egress.Validators{}, nil)
	if f, ok := errors.AsType[*Failure](err); !ok || f.Reason != avail.ContentUnsupported || !strings.Contains(err.Error(), "no encoder libx265") {
		t.Errorf("error %v", err)
	}
}

// TestJobLimit: time is in proportion to the ad's length.
func TestJobLimit(t *testing.T) {
	m := &Maker{Limit: 30 * time.Minute}
	for seconds, want := range map[int64]time.Duration{0: 2 * time.Minute, 10: 270 * time.Second, 30: 570 * time.Second, 600: 30 * time.Minute} {
		if got := m.jobLimit(seconds * second); got != want {
			t.Errorf("%d s have %s, want %s", seconds, got, want)
		}
	}
}
