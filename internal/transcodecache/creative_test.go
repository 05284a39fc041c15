package transcodecache

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/profile"
)

// small is a profile that is quick to encode: a muxed TS rung.
func small() profile.Profile {
	return profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{{
		Name: "v0", Kind: profile.VideoKind, Container: profile.TS,
		Video: &profile.Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 160, Height: 90, Rate: profile.Ratio{Num: 25, Den: 1}, Bitrate: 200_000},
		Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
	}}}
}

// Creatives that ad servers really send, and that a transcoder trips over.
func TestOddCreatives(t *testing.T) {
	t.Parallel()
	c := testCache(t, nil)
	for _, test := range []struct {
		name     string
		path     string
		duration int64
		segments int
	}{
		{"no audio (field failure B-25)", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3",
			"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "mute.mp4"), 3_000_000, 2},
		{"odd size, which MediaTailor fails on", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=855x481:rate=25:duration=3",
			"-f", "lavfi", "-i", "sine=duration=3", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv444p", "-c:a", "aac", "odd.mp4"), 3_000_000, 2},
		{"variable frame rate", mediatest.Make(t, "-f", "lavfi", "-i", `testsrc2=size=320x180:rate=30:duration=4,select='not(mod(n\,7))+lt(mod(n\,40)\,12)'`,
			"-f", "lavfi", "-i", "sine=duration=4", "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "vfr.mp4"), 4_000_000, 2},
		{"a tail of 20 ms", mediatest.Creative(t, "4.02", "320x180", "0.5"), 4_040_000, 3},
		{"shorter than a segment", mediatest.Creative(t, "1", "320x180", "0.5"), 1_000_000, 1},
		{"WebM with VP8 and Vorbis", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=3",
			"-f", "lavfi", "-i", "sine=duration=3", "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis", "film.webm"), 3_000_000, 2},
		{"transport stream that starts at 1.4 s, sound half a second late", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3",
			"-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=duration=2.5", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "late.ts"), 3_000_000, 2},
		{"sound longer than the picture", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3",
			"-f", "lavfi", "-i", "sine=duration=5", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "long.mp4"), 3_000_000, 2},
		// What post-production delivers (MediaConvert's list of inputs).
		{"XDCAM in MXF", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=48000",
			"-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", "mezzanine.mxf"), 3_000_000, 2},
		{"MPEG program stream", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=48000",
			"-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2", "-f", "vob", "mezzanine.mpg"), 3_000_000, 2},
		{"AVI", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=48000",
			"-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame", "mezzanine.avi"), 3_000_000, 2},
		{"WMV in ASF", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=44100",
			"-c:v", "wmv2", "-c:a", "wmav2", "mezzanine.wmv"), 3_000_000, 2},
		{"FLV", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3:sample_rate=44100",
			"-c:v", "flv", "-c:a", "libmp3lame", "old.flv"), 3_000_000, 2},
		{"mono, interlaced", mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:duration=3,setsar=16/15,setfield=tff",
			"-f", "lavfi", "-i", "sine=duration=3", "-ac", "1", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-c:a", "mp2", "broadcast.ts"), 3_000_000, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := prepared(t, c, small(), test.path)
			r := &a.Renditions[0]
			if d := a.Duration - test.duration; d < -60_000 || d > 60_000 || len(r.Segments) != test.segments {
				t.Errorf("%d segments, %d µs; want %d, %d", len(r.Segments), a.Duration, test.segments, test.duration)
			}
			checkRendition(t, c, a, r, 2*second)
			p := probeParts(t, paths(t, c, a.ID, r)...)
			v, s := p.Stream("video"), p.Stream("audio")
			if v == nil || s == nil || v.Width != 160 || v.Height != 90 || v.FrameRate != "25/1" || s.SampleRate != "48000" || s.Channels != 2 {
				t.Errorf("video %+v, audio %+v", v, s)
			}
		})
	}
}

// What isn't media is refused by its bytes, whatever its name, and before
// ffmpeg could follow what stands in it to other files.
func TestNotMedia(t *testing.T) {
	t.Parallel()
	secret := mediatest.Creative(t, "1", "320x180", "0.5")
	huge := mediatest.Make(t, "-f", "lavfi", "-i", "color=size=16x16:rate=1:duration=700", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "hours.mp4")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := testCache(t, func(o *Options) { o.MaxCreative = 4 << 20 })
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	half, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		reason     avail.Reason
		message    string
	}{
		{"HTML", write("page.mp4", "<!doctype html><title>Not found</title>"), avail.TranscodeFailed, "text document"},
		{"text", write("text.mp4", "no such file\n"), avail.TranscodeFailed, "its format is unknown"},
		{"empty", write("empty.mp4", ""), avail.TranscodeFailed, "it is empty"},
		{"HLS playlist", write("hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:"+secret+"\n#EXT-X-ENDLIST\n"), avail.TranscodeFailed, "HLS playlist"},
		{"DASH manifest", write("dash.mp4", `<?xml version="1.0"?><MPD><BaseURL>`+secret+`</BaseURL></MPD>`), avail.TranscodeFailed, "DASH manifest"},
		{"concat script", write("concat.mp4", "ffconcat version 1.0\nfile '"+secret+"'\n"), avail.TranscodeFailed, "its format is unknown"},
		{"playlist behind a box header", write("polyglot.mp4", "\x00\x00\x00\x10ftyp#EXTM3U\n#EXTINF:1,\nfile:"+secret+"\n"), avail.TranscodeFailed, "probe"},
		{"session description", write("sdp.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"), avail.TranscodeFailed, "its format is unknown"},
		{"playlist behind a program stream's pack", write("polyglot.mpg", "\x00\x00\x01\xBA\n#EXTM3U\n#EXTINF:1,\nfile:"+secret+"\n"), avail.TranscodeFailed, "probe"},
		{"playlist behind an AVI head", write("polyglot.avi", "RIFF\x00\x00\x00\x00AVI \n#EXTM3U\n#EXTINF:1,\nfile:"+secret+"\n"), avail.TranscodeFailed, "neither video nor audio"},
		{"playlist behind an ASF head", write("polyglot.wmv", "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C\n#EXTM3U\n#EXTINF:1,\nfile:"+secret+"\n"), avail.TranscodeFailed, "probe"},
		{"playlist with an MXF key in it", write("polyglot.mxf", "#EXTM3U\n#\x06\x0E\x2B\x34\x02\x05\x01\x01\x0D\x01\x02\n#EXTINF:1,\nfile:"+secret+"\n"), avail.TranscodeFailed, "HLS playlist"},
		{"half a file", write("half.mp4", string(half[:len(half)/2])), avail.TranscodeFailed, "probe"},
		{"sound alone", mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=2", "-c:a", "libmp3lame", "tone.mp3"), avail.TranscodeFailed, "no video"},
		{"longer than the limit", huge, avail.TranscodeFailed, "lasts 700 s"},
		{"a tenth of a second", mediatest.Creative(t, "0.1", "320x180", "0.5"), avail.TranscodeFailed, "the minimum is 500 ms"},
		{"larger than the limit", write("large.mp4", strings.Repeat("\x00", 5<<20)), avail.CreativeUnfetchable, "larger than the limit"},
		{"gone", filepath.Join(dir, "gone.mp4"), avail.CreativeUnfetchable, "404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, reason := settled(t, c, small().ID(), test.path)
			message := lastError(c)[test.path]
			if reason != test.reason || !strings.Contains(message, test.message) {
				t.Errorf("reason %s: %s; want %s: … %s …", reason, message, test.reason, test.message)
			}
		})
	}
	if left, err := os.ReadDir(workDir(c)); err != nil || len(left) > 0 {
		t.Errorf("the jobs left %v %v", left, err)
	}
}

// For content that is sound alone, anything with or without sound will do.
func TestSoundAlone(t *testing.T) {
	t.Parallel()
	p := profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{
		{Name: "a0", Kind: profile.AudioKind, Container: profile.ADTS, Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 44100, Channels: 1, Bitrate: 64_000}},
	}}
	c := testCache(t, nil)
	for _, path := range []string{
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "libmp3lame", "-write_xing", "1", "ad.mp3"),
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "pcm_s16le", "ad.wav"),
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "aac", "ad.m4a"),
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "aac", "-f", "adts", "ad.aac"),
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "flac", "ad.flac"),
		mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=4.6", "-c:a", "libvorbis", "ad.ogg"),
		mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4.6", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "picture.mp4"),
	} {
		a := prepared(t, c, p, path)
		if a.Duration < 4_550_000 || a.Duration > 4_700_000 || len(a.Renditions[0].Segments) != 3 {
			t.Errorf("%s: %d µs in %d segments", path, a.Duration, len(a.Renditions[0].Segments))
		}
		checkRendition(t, c, a, &a.Renditions[0], 2*second)
		if s := probeParts(t, paths(t, c, a.ID, &a.Renditions[0])...).Stream("audio"); s == nil || s.SampleRate != "44100" || s.Channels != 1 {
			t.Errorf("%s: %+v", path, s)
		}
	}
}

// Redundant variants and languages are the same files under two names.
func TestEqualRenditionsShareFiles(t *testing.T) {
	t.Parallel()
	p := small()
	backup := p.Renditions[0]
	backup.Name = "v1"
	other := backup
	other.Name, other.Video = "v2", &profile.Video{}
	*other.Video = *backup.Video
	other.Video.Width = 176
	p.Renditions = append(p.Renditions, backup, other)
	c := testCache(t, nil)
	a := prepared(t, c, p, mediatest.Creative(t, "3", "320x180", "0.5"))
	v0, v1, v2 := a.Rendition("v0"), a.Rendition("v1"), a.Rendition("v2")
	if v1.Segments[0] != v0.Segments[0] || v2.Segments[0].Name == v0.Segments[0].Name {
		t.Errorf("v0 %v, v1 %v, v2 %v", v0.Segments, v1.Segments, v2.Segments)
	}
	checkRendition(t, c, a, v1, 2*second)
	checkRendition(t, c, a, v2, 2*second)
}

// Free ffmpegs can't encode HE-AAC: its ads are AAC-LC that a player set up for
// HE-AAC plays.
func TestHighEfficiency(t *testing.T) {
	t.Parallel()
	c := testCache(t, nil)
	for _, test := range []struct {
		container profile.Container
		rate      string
	}{{profile.TS, "24000"}, {profile.ADTS, "24000"}, {profile.FMP4, "48000"}} {
		p := profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{
			{Name: "a0", Kind: profile.AudioKind, Container: test.container, Audio: &profile.Audio{Codec: "mp4a.40.5", SampleRate: 48000, Channels: 2, Bitrate: 64_000}},
		}}
		a := prepared(t, c, p, mediatest.Creative(t, "3", "320x180", "0.5"))
		checkRendition(t, c, a, &a.Renditions[0], 2*second)
		if s := probeParts(t, paths(t, c, a.ID, &a.Renditions[0])...).Stream("audio"); s == nil || s.SampleRate != test.rate || s.Profile != "LC" {
			t.Errorf("%s: %+v", test.container, s)
		}
	}
}

// Field failure B-63: an ad is as loud as the programme, however loud it was
// delivered.
func TestLoudness(t *testing.T) {
	t.Parallel()
	c := testCache(t, nil)
	for _, volume := range []string{"0.1", "0.5", "6"} {
		t.Run("volume "+volume, func(t *testing.T) {
			p := small()
			p.Renditions = append(p.Renditions, profile.Spec{Name: "a0", Kind: profile.AudioKind, Container: profile.TS, Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 1, Bitrate: 64_000}})
			a := prepared(t, c, p, mediatest.Creative(t, "4", "320x180", volume))
			after := statusOf(t, c, a.ID).LoudnessAfter
			for i, channels := range []int{2, 1} {
				got := loudnessOf(t, mediatest.Concat(t, paths(t, c, a.ID, &a.Renditions[i])...), channels)
				if told, ok := after[channels]; !ok || math.Abs(told-got.Integrated) > 0.5 {
					t.Errorf("%d channels: %.1f LKFS is told as %v", channels, got.Integrated, after)
				}
				if math.Abs(got.Integrated-encode.DefaultLoudness) > 1.5 || got.Peak > -2.0+1 {
					t.Errorf("%d channels: %.1f LKFS, peak %.1f dBTP", channels, got.Integrated, got.Peak)
				}
			}
		})
	}
	t.Run("silence stays silent", func(t *testing.T) {
		a := prepared(t, c, small(), mediatest.Creative(t, "3", "320x180", "0.0001"))
		if got := loudnessOf(t, mediatest.Concat(t, paths(t, c, a.ID, &a.Renditions[0])...), 2); got.Integrated > -50 {
			t.Errorf("%.1f LKFS", got.Integrated)
		}
	})
}

// statusOf is the status of an asset.
func statusOf(t *testing.T, c *Cache, id string) Status {
	t.Helper()
	list, _, err := c.Creatives(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].ID == id {
			return list[i]
		}
	}
	t.Fatalf("no status of asset %s", id)
	return Status{}
}

func loudnessOf(t *testing.T, b []byte, channels int) encode.Loudness {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ad.ts"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	p := small()
	p.Renditions[0].Audio.Channels = channels
	p.Renditions[0].Kind, p.Renditions[0].Video = profile.AudioKind, nil
	src, err := encode.Inspect(t.Context(), dir, "ad.ts", "mpegts", p)
	if err != nil {
		t.Fatal(err)
	}
	l, err := encode.Measure(t.Context(), p, src, encode.DefaultLoudness)
	if err != nil {
		t.Fatal(err)
	}
	return l[channels]
}

// Field failure B-27: subtitle segments are real files that say where on the
// video's clock they lie.
func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		container profile.Container
		origin    int
	}{{profile.TS, start90k}, {profile.FMP4, 0}} {
		p := small()
		p.Renditions[0].Container = test.container
		p.Renditions = append(p.Renditions, profile.Spec{Name: "t0", Kind: profile.TextKind, Container: profile.WebVTT})
		c := testCache(t, nil)
		a := prepared(t, c, p, mediatest.Creative(t, "4.02", "320x180", "0.5"))
		at := int64(0)
		for i, s := range a.Rendition("t0").Segments {
			got := string(mediatest.Concat(t, paths(t, c, a.ID, a.Rendition("t0"))[i]))
			want := fmt.Sprintf("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n\n", test.origin+int(at*9/100))
			if got != want || s.Duration != a.Renditions[0].Segments[i].Duration {
				t.Errorf("%s of %d µs:\n%swant\n%s", s.Name, s.Duration, got, want)
			}
			at += s.Duration
		}
	}
}

// A packed audio segment says when it begins (RFC 8216 §3.4).
func TestPackedAudioTimestamps(t *testing.T) {
	t.Parallel()
	p := profile.Profile{Segment: 2 * second, Renditions: []profile.Spec{
		{Name: "a0", Kind: profile.AudioKind, Container: profile.ADTS, Audio: &profile.Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 64_000}},
	}}
	c := testCache(t, nil)
	a := prepared(t, c, p, mediatest.Creative(t, "4.02", "320x180", "0.5"))
	frames := 0
	for i, path := range paths(t, c, a.ID, &a.Renditions[0]) {
		b := mediatest.Concat(t, path)
		pts := start90k + (int64(frames)*profile.FrameSize*90_000+24_000)/48_000
		tag := mediatest.TimestampTag(pts)
		if !bytes.HasPrefix(b, tag) {
			t.Errorf("segment %d begins with % x, want % x", i, b[:len(tag)], tag)
		}
		n := 0
		for b = b[len(tag):]; len(b) > 7 && b[0] == 0xFF; n++ {
			b = b[int(b[3]&3)<<11|int(b[4])<<3|int(b[5])>>5:]
		}
		if got := (int64(n)*profile.FrameSize*second + 24_000) / 48_000; len(b) > 0 || got-a.Renditions[0].Segments[i].Duration > 1 || got-a.Renditions[0].Segments[i].Duration < -1 {
			t.Errorf("segment %d has %d frames and %d further bytes", i, n, len(b))
		}
		frames += n
	}
}
