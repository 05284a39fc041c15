package transcodecache

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// media is a directory of creatives and contents that ffmpeg makes on demand,
// each once a test run.
var media = struct {
	sync.Mutex
	dir  string
	made map[string]*sync.Once
}{made: map[string]*sync.Once{}}

func TestMain(m *testing.M) {
	if dir, path, ok := strings.Cut(os.Getenv(victim), "\n"); ok {
		if err := runVictim(os.Stdout, dir, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dir, err := os.MkdirTemp("", "transcodecache-media-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	media.dir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// makeMedia runs ffmpeg in the media directory and gives the path of the file
// that the last argument names.
func makeMedia(t *testing.T, args ...string) string {
	t.Helper()
	name := args[len(args)-1]
	media.Lock()
	once := media.made[name]
	if once == nil {
		once = new(sync.Once)
		media.made[name] = once
	}
	media.Unlock()
	once.Do(func() {
		cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
		cmd.Dir = media.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	})
	return filepath.Join(media.dir, name)
}

// creative makes an MP4 of the length and size, 25 frames a second, with a
// tone at the volume (a linear factor).
func creative(t *testing.T, seconds, size, volume string) string {
	t.Helper()
	return makeMedia(t,
		"-f", "lavfi", "-i", "testsrc2=size="+size+":rate=25:duration="+seconds,
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration="+seconds+",volume="+volume+",aformat=channel_layouts=stereo",
		"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest",
		fmt.Sprintf("creative-%s-%s-%s.mp4", seconds, size, volume))
}

// content is how a content rendition for a test is encoded: two seconds.
type content struct {
	video []string // encoder arguments; none for audio alone
	size  string
	rate  string
	audio []string
}

// sample makes one media segment with its initialization section, as an
// origin would publish it.
func (c content) sample(t *testing.T, name string) []byte {
	t.Helper()
	var in, enc []string
	if c.video != nil {
		in = append(in, "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%s:rate=%s:duration=2", c.size, c.rate))
		enc = append(enc, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2")
		enc = append(enc, c.video...)
	}
	if c.audio != nil {
		in = append(in, "-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=2")
		enc = append(enc, "-c:a", "aac")
		enc = append(enc, c.audio...)
	}
	switch filepath.Ext(name) {
	case ".m4s":
		enc = append(enc, "-f", "mp4", "-movflags", "cmaf+frag_keyframe+empty_moov+skip_trailer")
	case ".aac":
		enc = append(enc, "-f", "adts")
	}
	b, err := os.ReadFile(makeMedia(t, append(append(in, enc...), name)...))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) == ".aac" {
		b = append(timestampTag(0), b...)
	}
	return b
}

// probeParts asks ffprobe about files put one after the other, as a player
// feeds them to its decoder.
func probeParts(t *testing.T, paths ...string) *probed {
	t.Helper()
	b := concat(t, paths...)
	demuxer, err := sniff(b[:min(len(b), sniffBytes)])
	if err != nil {
		t.Fatal(err)
	}
	if demuxer == "mp3" {
		demuxer = "aac"
	}
	p, err := probeBytes(context.Background(), b, demuxer)
	if err != nil {
		t.Fatalf("%s: %v", paths, err)
	}
	return p
}

func concat(t *testing.T, paths ...string) []byte {
	t.Helper()
	var all []byte
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// decode decodes bytes and fails at the first complaint of ffmpeg.
func decode(t *testing.T, b []byte) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", "pipe:0", "-f", "null", "-")
	cmd.Stdin = bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("decode: %v\n%s", err, out)
	}
}

// packet is a packet as ffprobe lists it, times in seconds.
type packet struct {
	kind     string
	pts, end float64
}

func packets(t *testing.T, b []byte) []packet {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts_time,duration_time", "-of", "csv=p=0", "pipe:0")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []packet
	for line := range strings.Lines(string(out)) {
		var p packet
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 3 {
			continue
		}
		p.kind = fields[0]
		fmt.Sscan(fields[1], &p.pts)
		fmt.Sscan(fields[2], &p.end)
		p.end += p.pts
		all = append(all, p)
	}
	return all
}
