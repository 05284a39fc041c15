package ffmpeg

import (
	"os"
	"path/filepath"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

func TestMain(m *testing.M) { os.Exit(mediatest.Run(m)) }

// Every demuxer but the one that the first bytes call for is closed: were a
// playlist to get past sniff, ffmpeg still wouldn't read what it names.
func TestDemuxersAreClosed(t *testing.T) {
	secret := mediatest.Make(t, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "secret.ts")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.m3u8":   "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + secret + "\n#EXT-X-ENDLIST\n",
		"a.concat": "ffconcat version 1.0\nfile '" + secret + "'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := ProbeFile(t.Context(), dir, name, "hls,mpegts"); name == "a.m3u8" && err != nil {
			t.Fatalf("the attack doesn't work even on an open ffprobe: %v %v", p, err)
		}
		for demuxer := range allowed {
			if p, err := ProbeFile(t.Context(), dir, name, demuxer); err == nil {
				t.Errorf("%s: demuxer %s read %+v", name, demuxer, p.Streams)
			}
		}
	}
}
