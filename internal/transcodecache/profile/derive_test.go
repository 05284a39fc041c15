package profile

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

func TestDerive(t *testing.T) {
	aac := &Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 128_000}
	plain := mediatest.Content{Video: []string{"-profile:v", "main", "-level", "3.0"}, Size: "320x180", Rate: "25", Audio: []string{"-ac", "2", "-b:a", "96k"}}
	for _, test := range []struct {
		name     string
		contents []Content
		want     []Spec
		err      string
	}{
		{
			name: "encrypted TS, all attributes",
			contents: []Content{{Kind: VideoKind, Container: TS, Encrypted: true, Bandwidth: 2_128_000,
				Codecs: "avc1.64001f,mp4a.40.2", Width: 1280, Height: 720, FrameRate: 29.97}},
			want: []Spec{{Name: "v0", Kind: VideoKind, Container: TS, Audio: aac,
				Video: &Video{Codec: "h264", Profile: "high", Level: 31, PixFmt: "yuv420p", Width: 1280, Height: 720, Rate: Ratio{30000, 1001}, Bitrate: 1_800_000}}},
		},
		{
			name:     "encrypted TS, no attribute",
			contents: []Content{{Kind: VideoKind, Container: TS, Encrypted: true}},
			want: []Spec{{Name: "v0", Kind: VideoKind, Container: TS, Audio: aac,
				Video: &Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 480, Height: 270, Rate: Ratio{30, 1}, Bitrate: 200_000}}},
		},
		{
			name: "encrypted fMP4 with demuxed audio and an audio-only variant",
			contents: []Content{
				{Kind: VideoKind, Container: FMP4, Encrypted: true, Bandwidth: 6_000_000, Codecs: "hvc1.2.4.L123.B0,mp4a.40.2", Width: 1920, Height: 1080, FrameRate: 59.94},
				{Kind: VideoKind, Container: FMP4, Encrypted: true, Bandwidth: 70_000, Codecs: "mp4a.40.5"},
				{Kind: AudioKind, Container: FMP4, Encrypted: true},
				{Kind: TextKind},
				// D9 of measuring renditions, hls.js#6273: the sample entry counts for
				// more than CODECS, and CODECS where the entry is encrypted.
				{Kind: TextKind, Container: FMP4, Codecs: "avc1.4d401e,wvtt", Sample: entryInit("stpp", "swe")},
				{Kind: TextKind, Container: FMP4, Codecs: "avc1.4d401e,wvtt,stpp.ttml.im1t", Sample: entryInit("wvtt", "und")},
				{Kind: TextKind, Container: FMP4, Encrypted: true, Codecs: "avc1.4d401e, STPP.ttml.im1t", Sample: entryInit("enct", "fra")},
				{Kind: TextKind, Container: FMP4, Codecs: "wvtt,avc1.4d401e"},
				{Kind: TextKind, Container: WebVTT, Codecs: "avc1.4d401e,wvtt"}, // as packagers declare it too
				// What can't be told or made leaves the others their ads.
				{Kind: TextKind, Container: FMP4, Codecs: "wvtt", Sample: entryInit("tx3g", "eng")},
				{Kind: TextKind, Container: FMP4, Codecs: "wvtt", Sample: []byte("\xEF\xBB\xBFWEBVTT\n")},
				{Kind: TextKind, Container: FMP4, Codecs: "avc1.4d401e,wvtt,stpp.ttml.im1t"},
				{Kind: TextKind, Container: FMP4, Codecs: "avc1.4d401e"},
			},
			want: []Spec{
				{Name: "v0", Kind: VideoKind, Container: FMP4,
					Video: &Video{Codec: "hevc", Profile: "main10", Level: 41, PixFmt: "yuv420p10le", Width: 1920, Height: 1080, Rate: Ratio{60000, 1001}, Bitrate: 5_100_000}},
				{Name: "a0", Kind: AudioKind, Container: FMP4, Audio: aac},
				{Name: "a1", Kind: AudioKind, Container: FMP4, Audio: &Audio{Codec: "mp4a.40.5", SampleRate: 48000, Channels: 2, Bitrate: 32_000}},
				// Alike ones are one.
				{Name: "t0", Kind: TextKind, Container: WebVTT},
				{Name: "t1", Kind: TextKind, Container: FMP4, Text: &Text{Codec: "stpp", Language: "fra"}},
				{Name: "t2", Kind: TextKind, Container: FMP4, Text: &Text{Codec: "stpp", Language: "swe"}},
				{Name: "t3", Kind: TextKind, Container: FMP4, Text: &Text{Codec: "wvtt"}},
			},
		},
		{
			name:     "a clear sample tells what is not declared",
			contents: []Content{{Kind: VideoKind, Container: ADTS, Bandwidth: 1_234_567, Codecs: "avc1.64001f,mp4a.40.2", FrameRate: 60, Sample: plain.Sample(t, "clear.ts")}},
			want: []Spec{{Name: "v0", Kind: VideoKind, Container: TS, Audio: aac,
				Video: &Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 320, Height: 180, Rate: Ratio{25, 1}, Bitrate: 910_000}}},
		},
		{
			name: "encrypted fMP4 with its clear initialization section",
			contents: []Content{{Kind: VideoKind, Container: FMP4, Encrypted: true, Bandwidth: 500_000,
				Codecs: "avc1.4d401e", Width: 320, Height: 180, FrameRate: 23.976, Sample: encryptedInit(t)}},
			want: []Spec{{Name: "v0", Kind: VideoKind, Container: FMP4,
				Video: &Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 320, Height: 180, Rate: Ratio{24000, 1001}, Bitrate: 430_000}}},
		},
		{name: "TS below EXT-X-MAP", contents: []Content{{Kind: VideoKind, Container: FMP4, Sample: plain.Sample(t, "clear.ts")}}, err: `container "fmp4" with segments of "ts" is not supported`},
		{name: "fMP4 without EXT-X-MAP", contents: []Content{{Kind: VideoKind, Container: TS, Sample: encryptedInit(t)}}, err: `container "ts" with segments of "fmp4" is not supported`},
		{name: "no sample", contents: []Content{{Kind: VideoKind}}, err: "there is no sample"},
		{name: "sample of HTML", contents: []Content{{Kind: VideoKind, Sample: []byte("<html>")}}, err: "text document"},
		{name: "AV1", contents: []Content{{Kind: VideoKind, Container: FMP4, Encrypted: true, Codecs: "av01.0.04M.08"}}, err: `codec "av01.0.04M.08" is not supported`},
		{name: "Dolby", contents: []Content{{Kind: VideoKind, Container: TS, Encrypted: true, Codecs: "avc1.4d401e,ec-3"}}, err: `codec "ec-3" is not supported`},
		{name: "H.264 High 4:4:4", contents: []Content{{Kind: VideoKind, Container: TS, Encrypted: true, Codecs: "avc1.f4001e"}}, err: "is not supported"},
		{name: "text alone", contents: []Content{{Kind: TextKind}}, err: "neither a video nor an audio rendition"},
		{name: "MP3", contents: []Content{{Kind: AudioKind, Sample: mp3(t)}}, err: "content 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := derive(t.Context(), test.contents, 6*second)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want … %s …", err, test.err)
				}
				if strings.Contains(test.err, "is not supported") && !errors.Is(err, ErrUnsupported) {
					t.Errorf("%v is not ErrUnsupported", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Renditions, test.want) {
				g, _ := json.MarshalIndent(got.Renditions, "", " ")
				w, _ := json.MarshalIndent(test.want, "", " ")
				t.Errorf("got %s\nwant %s", g, w)
			}
		})
	}
}

// entryInit is an initialization section with a sample entry and a language, as
// other packagers order its boxes: version 1 headers, the track after others.
func entryInit(entry, language string) []byte {
	box := func(kind string, parts ...[]byte) []byte {
		body := slices.Concat(parts...)
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), kind...), body...)
	}
	var packed uint16
	for _, c := range language {
		packed = packed<<5 | uint16(c-0x60)
	}
	mdhd := append([]byte{1}, make([]byte, 31)...)
	mdhd = append(binary.BigEndian.AppendUint16(mdhd, packed), 0, 0)
	return slices.Concat(
		box("ftyp", []byte("iso6\x00\x00\x00\x00cmfc")),
		box("moov", box("mvhd", make([]byte, 108)), box("mvex"), box("trak", box("tkhd", make([]byte, 92)), box("mdia",
			box("minf", box("dinf"), box("stbl", box("stsd", []byte{0, 0, 0, 0, 0, 0, 0, 1}, box(entry, make([]byte, 8))))),
			box("mdhd", mdhd),
		))),
	)
}

// derive inspects all renditions of a content and composes their profile.
func derive(ctx context.Context, contents []Content, target int64) (Profile, []string, error) {
	specs := make([]Spec, len(contents))
	for i := range contents {
		contents[i].Demuxed = slices.ContainsFunc(contents, func(c Content) bool { return c.Kind == AudioKind })
		var err error
		if specs[i], err = Inspect(ctx, &contents[i]); err != nil {
			return Profile{}, nil, fmt.Errorf("content %d: %w", i, err)
		}
	}
	return Compose(contents, specs, target)
}

// encryptedInit is the initialization section of a Common Encryption file.
func encryptedInit(t *testing.T) []byte {
	t.Helper()
	path := mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24000/1001:duration=1", "-c:v", "libx264", "-pix_fmt", "yuv420p",
		"-profile:v", "main", "-level", "3.0", "-encryption_scheme", "cenc-aes-ctr",
		"-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8",
		"-f", "mp4", "-movflags", "cmaf+empty_moov", "cenc.mp4")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b[:strings.Index(string(b), "moof")-4]
}

func mp3(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=2", "-c:a", "libmp3lame", "tone.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every segment of a stream must give the same profile: another one would have
// every creative transcoded again.
func TestDeriveIsStable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30000/1001:duration=8",
		"-f", "lavfi", "-i", "anoisesrc=duration=8:color=pink", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p",
		"-c:a", "aac", "-b:a", "128k", "-hls_time", "1", "-force_key_frames", "expr:gte(t,n_forced)", "-hls_list_size", "0", filepath.Join(dir, "index.m3u8"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.ts"))
	ids := map[string]bool{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := derive(t.Context(), []Content{{Kind: VideoKind, Bandwidth: 800_000, Sample: b}}, 2*second)
		if err != nil {
			t.Fatal(err)
		}
		ids[p.ID()] = true
	}
	if len(names) < 6 || len(ids) != 1 {
		t.Errorf("%d segments give %d profiles", len(names), len(ids))
	}
}

func TestSegmentLength(t *testing.T) {
	for target, want := range map[int64]int64{
		0: 2_000_000, 1_000_000: 1_000_000, 2_000_000: 1_000_000, 3_000_000: 1_500_000, 6_000_000: 2_000_000, 12_000_000: 2_000_000,
	} {
		if got := segmentLength(target); got != want {
			t.Errorf("target %d: %d, want %d", target, got, want)
		}
	}
}

func TestFrameRate(t *testing.T) {
	for said, want := range map[float64]Ratio{
		0: {30, 1}, 25: {25, 1}, 29.97: {30000, 1001}, 23.976: {24000, 1001}, 59.94: {60000, 1001}, 50.000: {50, 1}, 12.5: {12500, 1000}, 1e9: {30, 1}, -1: {30, 1},
	} {
		if got := frameRate(said); got != want {
			t.Errorf("%g: %s, want %s", said, got, want)
		}
	}
}

// Near-equal ladders share assets, and no bit rate leaves its bounds.
func TestVideoBitrate(t *testing.T) {
	for _, test := range []struct{ bandwidth, height, sound, want int }{
		{1_000_000, 360, 0, 820_000}, {1_005_000, 360, 0, 820_000}, {1_128_000, 360, 128_000, 820_000},
		{0, 720, 0, 2_200_000}, {10, 360, 0, 51_000}, {1 << 40, 2160, 0, 20_000_000},
	} {
		if got := videoBitrate(test.bandwidth, test.height, test.sound); got != test.want {
			t.Errorf("%d at %d lines beside %d: %d, want %d", test.bandwidth, test.height, test.sound, got, test.want)
		}
	}
}

// The id names files and documents of earlier versions: it must not change
// unless what is encoded does.
func TestProfileID(t *testing.T) {
	const want = "c6b4aa27ba7cb7dc6cfefbea4d9d1a8d"
	p := Profile{Segment: 2 * second, Renditions: []Spec{{
		Name: "v0", Kind: VideoKind, Container: TS,
		Video: &Video{Codec: "h264", Profile: "main", Level: 30, PixFmt: "yuv420p", Width: 160, Height: 90, Rate: Ratio{25, 1}, Bitrate: 200_000},
		Audio: &Audio{Codec: "mp4a.40.2", SampleRate: 48000, Channels: 2, Bitrate: 96_000},
	}}}
	if got := p.ID(); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Profile
	if err := json.Unmarshal(text, &back); err != nil || back.ID() != p.ID() {
		t.Errorf("over JSON the id becomes %s, %v", back.ID(), err)
	}
}

func FuzzCodecs(f *testing.F) {
	for _, s := range []string{
		"avc1.64001f,mp4a.40.2", "avc1.66.30", "hvc1.1.6.L93.B0", "hev1.2.4.H120", "mp4a.40.5, avc1.4D401E",
		"mp4a.40.34", "ec-3", "stpp.ttml.im1t", "avc1.", "hvc1", ",,", "avc1.zzzzzz", "hvc1.A1.6.L", "hvc1...",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCodecs(s)
		if err != nil {
			return
		}
		if v := c.Video; v != nil && (v.PixFmt == "" || !v.known() || v.Level < 0) {
			t.Errorf("%q: %+v", s, v)
		}
	})
}
