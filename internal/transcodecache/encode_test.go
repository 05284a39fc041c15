package transcodecache

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

var (
	stereo = []string{"-ac", "2", "-b:a", "96k"}
	main30 = []string{"-profile:v", "main", "-level", "3.0"}
	high31 = []string{"-profile:v", "high", "-level", "3.1"}
	base13 = []string{"-profile:v", "baseline", "-level", "1.3"}
)

// Field failure B-24: what an ad is like must equal, rendition by rendition,
// what the content is like.
func TestAssetEqualsContent(t *testing.T) {
	t.Parallel()
	type rendition struct {
		profile.Content
		model mediatest.Content
		file  string
	}
	video := func(file, size, rate string, enc, audio []string) rendition {
		return rendition{profile.Content{Kind: profile.VideoKind, Bandwidth: 400_000}, mediatest.Content{Video: enc, Size: size, Rate: rate, Audio: audio}, file}
	}
	audio := func(file string, enc ...string) rendition {
		return rendition{profile.Content{Kind: profile.AudioKind}, mediatest.Content{Audio: enc}, file}
	}
	text := rendition{Content: profile.Content{Kind: profile.TextKind, Container: profile.WebVTT}}
	for _, test := range []struct {
		name       string
		renditions []rendition
	}{
		{"muxed TS ladder", []rendition{
			video("main.ts", "320x180", "25", main30, stereo),
			video("high.ts", "640x360", "25", high31, stereo),
		}},
		{"fMP4 with demuxed audio and text", []rendition{
			video("main.m4s", "320x180", "30000/1001", main30, nil),
			video("base.m4s", "160x120", "24000/1001", base13, nil),
			audio("stereo.m4s", "-ac", "2"),
			audio("mono.m4s", "-ac", "1", "-ar", "44100"),
			text,
			{Content: profile.Content{Kind: profile.TextKind, Container: profile.FMP4, Codecs: "wvtt"}},
			{Content: profile.Content{Kind: profile.TextKind, Container: profile.FMP4, Codecs: "stpp.ttml.im1t"}},
		}},
		{"TS with packed audio", []rendition{
			video("silent.ts", "320x180", "50", high31, nil),
			audio("packed.aac", "-ac", "2", "-ar", "44100"),
			text,
		}},
		{"TS with demuxed TS audio", []rendition{
			video("silent25.ts", "320x180", "25", main30, nil),
			audio("audio.ts", "-ac", "6"),
		}},
		{"muxed fMP4", []rendition{video("muxed.m4s", "320x180", "25", main30, stereo)}},
		{"HEVC", []rendition{
			video("hevc.m4s", "320x180", "25", []string{"-c:v", "libx265", "-x265-params", "log-level=error:level-idc=3.0", "-tag:v", "hvc1"}, nil),
			audio("stereo.m4s", "-ac", "2"),
		}},
		{"anamorphic", []rendition{
			video("anamorphic.ts", "352x288", "25", []string{"-profile:v", "main", "-level", "3.0", "-vf", "setsar=16/11"}, stereo),
		}},
		{"audio alone", []rendition{
			audio("packed48.aac", "-ac", "2"),
			{profile.Content{Kind: profile.VideoKind, Bandwidth: 64_000}, mediatest.Content{Audio: stereo}, "audiovariant.ts"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var contents []profile.Content
			for i := range test.renditions {
				r := &test.renditions[i]
				if r.file != "" {
					r.Sample = r.model.Sample(t, r.file)
				}
				contents = append(contents, r.Content)
			}
			p, tracks, err := profileFor(t.Context(), contents, 4*second)
			if err != nil {
				t.Fatal(err)
			}
			c := testCache(t, nil)
			a := prepared(t, c, p, mediatest.Creative(t, "5.04", "640x360", "0.5"))
			if a.Duration < 5_000_000 || a.Duration > 5_080_000 {
				t.Errorf("the asset lasts %d µs, and the creative 5.04 s", a.Duration)
			}
			for i, r := range test.renditions {
				made := a.Rendition(tracks[i])
				checkRendition(t, c, a, made, p.Segment)
				if r.file == "" {
					continue
				}
				want := probeParts(t, filepath.Join(mediatest.Dir(), r.file))
				got := probeParts(t, paths(t, c, a.ID, made)...)
				equalStreams(t, made.Name, want, got)
				checkFacts(t, made, r.Sample, want)
			}
		})
	}
}

// checkFacts holds what is recorded of a rendition to its model: CODECS byte for
// byte, since it equals the content's in profile, constraints and level.
func checkFacts(t *testing.T, r *avail.AssetRendition, model []byte, want *ffmpeg.Info) {
	t.Helper()
	var video, sound string
	if v := want.Stream("video"); v != nil {
		video = profile.VideoCodecs(v.Codec, model)
		if rate := profile.ParseRate(v.FrameRate); r.Width != v.Width || r.Height != v.Height || r.FrameRate != avail.Ratio(rate) || video == "" {
			t.Errorf("%s is recorded as %dx%d at %v, want %dx%d at %s (%q)", r.Name, r.Width, r.Height, r.FrameRate, v.Width, v.Height, rate, video)
		}
	}
	if a := want.Stream("audio"); a != nil {
		sound = "mp4a.40.2"
		if rate, _ := strconv.Atoi(a.SampleRate); r.SampleRate != rate || r.Channels != a.Channels {
			t.Errorf("%s is recorded with %d Hz and %d channels, want %d and %d", r.Name, r.SampleRate, r.Channels, rate, a.Channels)
		}
	}
	if want := profile.JoinCodecs(video, sound); r.Codecs != want {
		t.Errorf("%s has CODECS %q, want %q", r.Name, r.Codecs, want)
	}
	var ticks, length int64
	for _, s := range r.Segments {
		ticks, length = ticks+s.Ticks, length+s.Duration
	}
	if off := float64(ticks)/float64(r.Timescale) - float64(length)/1e6; math.Abs(off) > 1e-6 || r.Bandwidth <= 0 {
		t.Errorf("%s lasts %d/%d s and %d µs, at %d bit/s", r.Name, ticks, r.Timescale, length, r.Bandwidth)
	}
}

// paths are the files of a rendition in playing order.
func paths(t *testing.T, c *Cache, id string, r *avail.AssetRendition) []string {
	t.Helper()
	var names []string
	if r.Init != "" {
		names = append(names, r.Init)
	}
	for _, s := range r.Segments {
		names = append(names, s.Name)
	}
	dir := dirOf(t, c, id)
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	return names
}

// BANDWIDTH is the peak of any segment (RFC 8216 §4.3.4.2): an ad of noise, the
// worst there is to encode, must not exceed what the content declares.
func TestBandwidth(t *testing.T) {
	t.Parallel()
	const bandwidth = 900_000
	model := mediatest.Content{Video: main30, Size: "320x180", Rate: "25", Audio: stereo}
	p, _, err := profileFor(t.Context(), []profile.Content{{Kind: profile.VideoKind, Bandwidth: bandwidth, Sample: model.Sample(t, "main.ts")}}, 4*second)
	if err != nil {
		t.Fatal(err)
	}
	c := testCache(t, nil)
	a := prepared(t, c, p, mediatest.Make(t, "-f", "lavfi", "-i", "nullsrc=size=320x180:rate=25:duration=7,geq=random(1)*255:128:128",
		"-f", "lavfi", "-i", "anoisesrc=duration=7", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", "noise.mp4"))
	for i, path := range paths(t, c, a.ID, &a.Renditions[0]) {
		s := a.Renditions[0].Segments[i]
		if rate := int64(len(mediatest.Concat(t, path))) * 8 * second / s.Duration; rate > bandwidth {
			t.Errorf("%s has %d bit/s, declared are %d", s.Name, rate, bandwidth)
		}
	}
}

// TestSoundOverhead: 64 kb/s of AAC in a transport stream took 170 kb/s, one PES
// packet a frame, which put low rungs 28 % and channels of sound alone 54 % over
// their BANDWIDTH.
func TestSoundOverhead(t *testing.T) {
	t.Parallel()
	p := profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{
		{Name: "a0", Kind: profile.AudioKind, Container: profile.TS, Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 1, Bitrate: 64_000}},
	}}
	c := testCache(t, nil)
	a := prepared(t, c, p, mediatest.Creative(t, "5.04", "640x360", "0.5"))
	if got := a.Renditions[0].Bandwidth; got > 96_000 {
		t.Errorf("64 kb/s of sound take %d bit/s", got)
	}
}

func equalStreams(t *testing.T, name string, want, got *ffmpeg.Info) {
	t.Helper()
	for _, kind := range []string{"video", "audio"} {
		w, g := want.Stream(kind), got.Stream(kind)
		if (w == nil) != (g == nil) {
			t.Errorf("%s: %s of the content %v, of the ad %v", name, kind, w, g)
			continue
		}
		if w == nil {
			continue
		}
		type like struct {
			codec, profile, pixFmt, rate, sampleRate, aspect string
			level, width, height, channels                   int
		}
		of := func(s *ffmpeg.Stream) like {
			return like{s.Codec, s.Profile, s.PixFmt, s.FrameRate, s.SampleRate, s.Aspect, s.Level, s.Width, s.Height, s.Channels}
		}
		if of(w) != of(g) {
			t.Errorf("%s: the content is %+v, the ad %+v", name, of(w), of(g))
		}
	}
}

// checkRendition holds a rendition to the laws: the same number of segments,
// none a sliver or longer than planned, each with its published length, all of
// it as long as the reference to a frame, and decodable.
func checkRendition(t *testing.T, c *Cache, a *avail.Asset, r *avail.AssetRendition, longest int64) {
	t.Helper()
	if n := len(a.Renditions[0].Segments); len(r.Segments) != n {
		t.Fatalf("%s has %d segments, %s %d", r.Name, len(r.Segments), a.Renditions[0].Name, n)
	}
	var sum int64
	for _, s := range r.Segments {
		if s.Duration < encode.MinSegment || s.Duration > longest+25_000 {
			t.Errorf("%s lasts %d µs", s.Name, s.Duration)
		}
		sum += s.Duration
	}
	if d := math.Abs(float64(sum - a.Duration)); d > 12_000 {
		t.Errorf("%s is %.0f µs off the reference", r.Name, d)
	}
	if filepath.Ext(r.Segments[0].Name) == ".vtt" {
		return
	}
	all := paths(t, c, a.ID, r)
	if r.Name[0] == 't' {
		checkTimes(t, r, all) // there is nothing to decode
		return
	}
	mediatest.Decode(t, mediatest.Concat(t, all...))
	// Whoever switches rendition in an ad begins at any segment of it.
	last := all[len(all)-1:]
	if r.Init != "" {
		last = []string{all[0], last[0]}
	}
	mediatest.Decode(t, mediatest.Concat(t, last...))
	if muxed := r.Init != "" && len(probeParts(t, all...).Streams) > 1; !muxed {
		checkTimes(t, r, all)
	}
}

// checkTimes reads the times in the files: every segment begins and ends where
// the published lengths say, and sound and picture end within half a frame.
func checkTimes(t *testing.T, r *avail.AssetRendition, all []string) {
	t.Helper()
	if r.Init != "" {
		scale := mediatest.Timescale(t, mediatest.Concat(t, all[0]))
		var at int64
		for i, s := range r.Segments {
			f := mediatest.ParseFragment(t, mediatest.Concat(t, all[i+1]))
			if f.Decode != at || f.Show != at {
				t.Errorf("%s decodes from %d, shows from %d, want %d", s.Name, f.Decode, f.Show, at)
			}
			if r.Timescale != scale || s.Ticks != f.Length {
				t.Errorf("%s lasts %d/%d s, recorded %d/%d", s.Name, f.Length, scale, s.Ticks, r.Timescale)
			}
			if at += f.Length; math.Abs(float64(f.Length)/float64(scale)-float64(s.Duration)/1e6) > 2e-6 {
				t.Errorf("%s lasts %d/%d s, published %d µs", s.Name, f.Length, scale, s.Duration)
			}
		}
		return
	}
	if filepath.Ext(all[0]) != ".ts" {
		return // packed audio has no times of its own
	}
	const origin = float64(start90k) / 90_000
	at, whole := origin, map[string]mediatest.Packet{}
	for i, s := range r.Segments {
		first := map[string]float64{}
		for _, p := range mediatest.Packets(t, mediatest.Concat(t, all[i])) {
			if f, seen := first[p.Kind]; !seen || p.Pts < f {
				first[p.Kind] = p.Pts
			}
			w, seen := whole[p.Kind]
			if !seen {
				w.Pts = p.Pts
			}
			w.End = max(w.End, p.End)
			whole[p.Kind] = w
		}
		leading, ok := first["video"]
		if !ok {
			leading = first["audio"]
		}
		if math.Abs(leading-at) > 0.001 {
			t.Errorf("%s begins at %.4f, want %.4f", s.Name, leading, at)
		}
		at += float64(s.Duration) / 1e6
	}
	for kind, w := range whole {
		if math.Abs(w.Pts-origin) > 0.001 || math.Abs(w.End-at) > 0.0125 {
			t.Errorf("%s: %s lies from %.4f to %.4f, want %.4f to %.4f", r.Name, kind, w.Pts, w.End, origin, at)
		}
	}
}
