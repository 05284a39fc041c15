package profile

import (
	"slices"
	"testing"
)

// The same content has one profile whatever the manifest's format: HLS may name the
// renditions in another order than an MPD, name some twice, and counts the sound in
// a variant's BANDWIDTH, which a Representation's @bandwidth leaves out.
func TestProfileIsCanonical(t *testing.T) {
	video := func(height, bandwidth int, group string) (Content, Spec) {
		return Content{Kind: VideoKind, Bandwidth: bandwidth, Group: group, Demuxed: true},
			Spec{Kind: VideoKind, Container: FMP4, Video: &Video{Codec: "h264", Profile: "high", Level: 31, PixFmt: "yuv420p", Width: height * 16 / 9 &^ 1, Height: height, Rate: Ratio{25, 1}}}
	}
	audio := func(channels int, group string) (Content, Spec) {
		return Content{Kind: AudioKind, Group: group, Demuxed: true},
			Spec{Kind: AudioKind, Container: FMP4, Audio: &Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: channels, Bitrate: 64_000 * channels}}
	}
	text := func() (Content, Spec) {
		return Content{Kind: TextKind}, Spec{Kind: TextKind, Container: WebVTT}
	}
	composed := func(list ...func() (Content, Spec)) (Profile, []string) {
		var contents []Content
		var specs []Spec
		for _, f := range list {
			c, s := f()
			contents, specs = append(contents, c), append(specs, s)
		}
		p, tracks, err := Compose(contents, specs, 4*second)
		if err != nil {
			t.Fatal(err)
		}
		return p, tracks
	}
	v := func(height, bandwidth int, group string) func() (Content, Spec) {
		return func() (Content, Spec) { return video(height, bandwidth, group) }
	}
	a := func(channels int, group string) func() (Content, Spec) {
		return func() (Content, Spec) { return audio(channels, group) }
	}
	hls, hlsTracks := composed(
		a(2, "en"), a(2, "en"), // two languages
		v(720, 3_000_000+128_000+20_000, "en"), v(360, 800_000+128_000+8_000, "en"), v(720, 3_148_000, "en"), // the last is redundant
		text, text,
	)
	mpd, mpdTracks := composed(v(360, 800_000, ""), v(720, 3_000_000, ""), text, a(2, ""))
	if hls.ID() != mpd.ID() {
		t.Errorf("the profiles differ:\n%+v\n%+v", hls.Renditions, mpd.Renditions)
	}
	if want := []string{"a0", "a0", "v1", "v0", "v1", "t0", "t0"}; !slices.Equal(hlsTracks, want) {
		t.Errorf("the tracks in HLS are %v, want %v", hlsTracks, want)
	}
	if want := []string{"v0", "v1", "t0", "a0"}; !slices.Equal(mpdTracks, want) {
		t.Errorf("the tracks in DASH are %v, want %v", mpdTracks, want)
	}
}

// Every bit rate has one rung, at most a tenth away, and a rung is its own.
func TestRungs(t *testing.T) {
	for bits := 50_000; bits < 20_000_000; bits += bits / 37 {
		r := rungOf(bits)
		if off := float64(r)/float64(bits) - 1; off > 0.1 || off < -0.1 || rungOf(r) != r {
			t.Errorf("%d: rung %d, whose rung is %d", bits, r, rungOf(r))
		}
	}
}
