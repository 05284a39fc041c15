package transcodecache

import (
	"testing"

	"stitcher/internal/transcodecache/profile"
)

// TestAlike: one content published as HLS and as DASH declares other bit rates; its
// creatives are prepared once.
func TestAlike(t *testing.T) {
	profile := func(video, audio, width int) profile.Profile {
		p := small()
		p.Renditions = append([]profile.Spec(nil), p.Renditions...)
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
	c := testCache(t, nil)
	if err := c.AddProfile(t.Context(), profile(100, 100, 0)); err != nil {
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
		got, err := c.Alike(t.Context(), p)
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
