package profiles

import (
	"testing"

	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/profile"
)

// TestAlike: one content published as HLS and as DASH declares other bit rates; its
// creatives are prepared once.
func TestAlike(t *testing.T) {
	profile := func(video, audio, width int) profile.Profile {
		p := profile.Profile{Segment: 2_000_000, Renditions: []profile.Spec{{
			Name: "v0", Kind: profile.VideoKind, Container: profile.TS,
			Video: &profile.Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 160, Height: 90, Rate: profile.Ratio{Num: 25, Den: 1}, Bitrate: 200_000},
			Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
		}}}
		for i := range p.Renditions {
			s := &p.Renditions[i]
			if s.Video != nil {
				v := *s.Video
				v.Bitrate, v.Width = v.Bitrate*video/100, v.Width+width
				s.Video = &v
			}
			if s.Audio != nil {
				a := *s.Audio
				a.Bitrate = a.Bitrate * audio / 100
				s.Audio = &a
			}
		}
		return p
	}
	known := New(&memory.Documents{})
	if err := known.Add(t.Context(), profile(100, 100, 0)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name                string
		video, audio, width int
		alike               bool
	}{
		{"the same", 100, 100, 0, true},
		{"a rung of picture apart", 110, 100, 0, true},
		{"half the bit rate of sound", 100, 50, 0, true},
		{"half the bit rate of picture", 50, 100, 0, false},
		{"another size", 100, 100, 2, false},
	} {
		p := profile(x.video, x.audio, x.width)
		got, err := known.Alike(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		want := p.ID()
		if x.alike {
			want = profile(100, 100, 0).ID()
		}
		if got.ID() != want {
			t.Errorf("%s: %+v", x.name, got)
		}
	}
}
