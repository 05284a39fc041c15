package profile

import (
	"os"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

// TestVideoString: a decoder's configuration and a transport stream's parameter set
// give the same codec string.
func TestVideoString(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		codec, want string
		args        []string
	}{
		{"h264", "avc1.42c00d", []string{"-c:v", "libx264", "-profile:v", "baseline", "-level", "1.3"}},
		{"h264", "avc1.64001f", []string{"-c:v", "libx264", "-profile:v", "high", "-level", "3.1"}},
		{"hevc", "hvc1.1.6.L60.90", []string{"-c:v", "libx265", "-x265-params", "log-level=error:level-idc=2.0"}},
	} {
		for _, name := range []string{test.want + ".ts", test.want + ".mp4"} {
			args := append([]string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1"}, test.args...)
			if test.codec == "hevc" && name[len(name)-1] == '4' {
				args = append(args, "-tag:v", "hvc1")
			}
			b, err := os.ReadFile(mediatest.Make(t, append(args, "-preset", "veryfast", "-pix_fmt", "yuv420p", name)...))
			if err != nil {
				t.Fatal(err)
			}
			if got := VideoCodecs(test.codec, b); got != test.want {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}

func FuzzVideoString(f *testing.F) {
	f.Add("h264", []byte("avcC\x01\x64\x00\x1f"))
	f.Add("hevc", []byte("hvcC\x01\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x3c"))
	f.Add("hevc", append([]byte{0x47, 0x40, 0x11, 0x30, 0xFF}, make([]byte, 183)...))
	f.Fuzz(func(t *testing.T, codec string, b []byte) {
		if s := VideoCodecs(codec, b); len(s) > 60 {
			t.Errorf("%q", s)
		}
	})
}
