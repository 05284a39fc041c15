package imported

import (
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/transcodecache/profile"
)

// The creative's rendition that stands for one of the content's asks no more of
// a player than the content does, and is the nearest that is left.
func TestCandidates(t *testing.T) {
	t.Parallel()
	const audio = `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="second",CHANNELS="2",URI="second"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="first",DEFAULT=YES,CHANNELS="2",URI="first"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="six",CHANNELS="6/-",URI="six"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="dolby",NAME="dolby",CHANNELS="2",URI="dolby"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="own",NAME="own",URI="own"
`
	variant := func(uri, attributes string) string {
		return "#EXT-X-STREAM-INF:BANDWIDTH=" + attributes + "\n" + uri + "\n"
	}
	spec := func(change func(*profile.Spec)) *profile.Spec {
		s := profile.Spec{ // about 330 kb/s
			Name: "v0", Kind: profile.VideoKind, Container: profile.TS,
			Video: &profile.Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 320, Height: 180, Rate: profile.Ratio{Num: 25, Den: 1}, Bitrate: 200_000},
			Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
		}
		if change != nil {
			change(&s)
		}
		return &s
	}
	silent := func(s *profile.Spec) { s.Audio = nil }
	sound := func(s *profile.Spec) { s.Kind, s.Video = profile.AudioKind, nil }
	for _, test := range []struct {
		name, text string
		spec       *profile.Spec
		group      string
		want       string
	}{
		{"equal size before smaller ones, none larger", variant("s", `100,RESOLUTION=160x90`) + variant("l", `100,RESOLUTION=322x180`) + variant("e", `100,RESOLUTION=320x180`), spec(nil), "", "e s"},
		{"unknown size last", variant("u", `100`) + variant("s", `100,RESOLUTION=160x90`), spec(nil), "", "s u"},
		{"nearest frame rate, none faster", variant("half", `100,RESOLUTION=320x180,FRAME-RATE=12.5`) + variant("film", `100,RESOLUTION=320x180,FRAME-RATE=23.976`) + variant("fast", `100,RESOLUTION=320x180,FRAME-RATE=50`) + variant("pal", `100,RESOLUTION=320x180,FRAME-RATE=25.000`), spec(nil), "", "pal film half"},
		{"29.97 is 30", variant("ntsc", `100,RESOLUTION=320x180,FRAME-RATE=30.000`), spec(func(s *profile.Spec) {
			s.Video = &profile.Video{Width: 320, Height: 180, Rate: profile.Ratio{Num: 30000, Den: 1001}}
		}), "", "ntsc"},
		{"highest bit rate within, then the lowest above", variant("a", `900000,RESOLUTION=320x180`) + variant("b", `700000,RESOLUTION=320x180`) + variant("c", `100000,RESOLUTION=320x180`) + variant("d", `300000,RESOLUTION=320x180`), spec(nil), "", "d c b a"},
		{"what CODECS cover first (law 12)", variant("high", `100,RESOLUTION=320x180,CODECS="avc1.64001e,mp4a.40.2"`) + variant("level", `100,RESOLUTION=320x180,CODECS="avc1.4d0028,mp4a.40.2"`) + variant("base", `50,RESOLUTION=320x180,CODECS="avc1.42c01e,mp4a.40.2"`), spec(nil), "", "base high level"},
		{"codec families", variant("hevc", `100,CODECS="hvc1.1.6.L93.B0,mp4a.40.2"`) + variant("ten", `100,CODECS="avc1.6e001e,mp4a.40.2"`) + variant("vp9", `100,RESOLUTION=320x180,CODECS="vp09.00.10.08,mp4a.40.2"`) + variant("he", `100,CODECS="avc1.4d001e,mp4a.40.5"`) + variant("ac3", `100,CODECS="avc1.4d001e,ac-3"`) + variant("avc", `100,CODECS="avc1.4d001e,mp4a.40.2"`), spec(nil), "", "avc"},
		{"muxed", audio + variant("apart", `100,CODECS="avc1.4d001e,mp4a.40.2",AUDIO="aac"`) + variant("mute", `100,CODECS="avc1.4d001e"`) + variant("muxed", `100,CODECS="avc1.4d001e,mp4a.40.2"`), spec(nil), "", "muxed"},
		{"demuxed", audio + variant("apart", `100,CODECS="avc1.4d001e,mp4a.40.2",AUDIO="aac"`) + variant("mute", `100,CODECS="avc1.4d001e"`) + variant("muxed", `100,CODECS="avc1.4d001e,mp4a.40.2"`), spec(silent), "", "apart mute"},
		{"demuxed sound that no ad could be made of", audio + variant("apart", `100,CODECS="avc1.4d001e,ec-3",AUDIO="dolby"`), spec(silent), "", "apart"},
		{"sound: default first, its channels", audio + variant("v", `100,CODECS="avc1.4d001e,mp4a.40.2",AUDIO="aac"`) + variant("w", `100,CODECS="avc1.4d001e,ac-3",AUDIO="dolby"`), spec(sound), "aac", "first second own"},
		{"sound: the reference's group first", audio, spec(sound), "own", "own first second dolby"},
		{"sound alone as a variant", variant("v", `100,RESOLUTION=320x180`) + variant("radio", `100,CODECS="mp4a.40.2"`), spec(sound), "", "radio"},
		{"no more of a picture than the content", variant("v", `100,RESOLUTION=320x180`), spec(sound), "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := test.text
			if !strings.Contains(text, "STREAM-INF") {
				text += variant("other", `100,RESOLUTION=3200x1800`)
			}
			m, err := multivariant.Compile([]byte("#EXTM3U\n"+text), &url.URL{Scheme: "https", Host: "ads.example", Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			l := &ladder{renditions: m.Renditions, group: test.group}
			for _, r := range l.candidates(test.spec) {
				got = append(got, strings.TrimPrefix(r.URI, "https://ads.example/"))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("candidates %q, want %q", got, test.want)
			}
		})
	}
}
