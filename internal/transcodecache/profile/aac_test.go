package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

// encryptedSound is the initialization section of encrypted audio: no frame is in
// it, so that ffprobe does not tell the profile.
func encryptedSound(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	all := append([]string{"-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=1", "-c:a", "aac"}, args...)
	path := mediatest.Make(t, append(all, "-encryption_scheme", "cenc-aes-ctr",
		"-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8",
		"-f", "mp4", "-movflags", "cmaf+empty_moov", name)...)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b[:strings.Index(string(b), "moof")-4]
}

// Encrypted CMAF with AAC, as every packager for several DRM systems makes it, must
// have ads: what is missing of its profile is in the AudioSpecificConfig or in
// CODECS.
func TestEncryptedAAC(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		codecs string
		sample []byte
		want   Audio
	}{
		{"stereo", "avc1.4d400b,mp4a.40.2", encryptedSound(t, "enc-stereo.mp4", "-ac", "2"), Audio{"mp4a.40.2", 48000, 2, 128_000}},
		{"5.1 without CODECS", "", encryptedSound(t, "enc-surround.mp4", "-ac", "6"), Audio{"mp4a.40.2", 48000, 6, 384_000}},
		{"44.1 kHz mono", "mp4a.40.2", encryptedSound(t, "enc-mono.mp4", "-ac", "1", "-ar", "44100"), Audio{"mp4a.40.2", 44100, 1, 64_000}},
		{"HE-AAC by CODECS alone", "mp4a.40.5", encryptedSound(t, "enc-core.mp4", "-ac", "2", "-ar", "24000"), Audio{"mp4a.40.5", 48000, 2, 128_000}},
		// shaka-packager 3.4.2
		{"cbcs", "avc1.4d400c,mp4a.40.2", testdata(t, "cbcs-audio-init.mp4"), Audio{"mp4a.40.2", 48000, 2, 128_000}},
		{"cenc", "", testdata(t, "cenc-audio-init.mp4"), Audio{"mp4a.40.2", 48000, 2, 128_000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Inspect(t.Context(), &Content{Kind: AudioKind, Container: FMP4, Encrypted: true, Codecs: test.codecs, Demuxed: true, Sample: test.sample})
			if err != nil {
				t.Fatal(err)
			}
			if s.Audio == nil || *s.Audio != test.want || s.Container != FMP4 {
				t.Errorf("%+v in %s, want %+v", s.Audio, s.Container, test.want)
			}
		})
	}
}

// The picture beside it, of shaka-packager 3.4.2: all but the frame rate is in its
// initialization section.
func TestEncryptedAVC(t *testing.T) {
	t.Parallel()
	s, err := Inspect(t.Context(), &Content{
		Kind: VideoKind, Container: FMP4, Encrypted: true, Demuxed: true, Bandwidth: 397_474, Codecs: "avc1.4d400c,mp4a.40.2",
		Width: 320, Height: 180, FrameRate: 25, Sample: testdata(t, "cbcs-video-init.mp4"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Video{Codec: "h264", Profile: "main", Level: 12, PixFmt: "yuv420p", Width: 320, Height: 180, Rate: Ratio{25, 1}}
	if s.Video == nil || *s.Video != want || s.Audio != nil {
		t.Errorf("%+v and %+v, want %+v alone", s.Video, s.Audio, want)
	}
}

// testdata is a file of testdata.
func testdata(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestObjectType(t *testing.T) {
	for config, want := range map[string]int{
		"\x11\x90":             objectLC,  // 48 kHz stereo
		"\x2b\x11\x88\x00":     objectSBR, // explicit, hierarchical
		"\xeb\x11\x88\x00":     objectPS,
		"\x13\x10\x56\xe5\x98": objectSBR, // backward compatible
		"\x13\x10\x56\xe5\x18": objectLC,  // announces that there is none
		"\xf9\x48\x40":         42,        // xHE-AAC
		"\x11":                 0,
		"":                     0,
	} {
		if got := objectType([]byte(config)); got != want {
			t.Errorf("%x: %d, want %d", config, got, want)
		}
	}
}

func FuzzConfiguredObject(f *testing.F) {
	f.Add([]byte("esds\x00\x00\x00\x00\x03\x80\x80\x80\x22\x00\x01\x00\x04\x80\x80\x80\x14\x40\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x80\x80\x80\x02\x11\x90"))
	f.Add([]byte("esds\x00\x00\x00\x00\x03\x19\x00\x00\xe0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := configuredObject(b); n < 0 || n > 95 {
			t.Errorf("object type %d", n)
		}
	})
}
