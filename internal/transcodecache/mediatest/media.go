// Package mediatest makes creatives and contents for tests, with ffmpeg.
package mediatest

import (
	"bytes"
	"encoding/binary"
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

// Run runs a package's tests and removes the media that they made.
func Run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mediatest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	media.dir = dir
	return m.Run()
}

// Dir is the directory of all media.
func Dir() string { return media.dir }

// Make runs ffmpeg in the media directory and gives the path of the file
// that the last argument names.
func Make(t *testing.T, args ...string) string {
	t.Helper()
	if media.dir == "" {
		t.Fatal("the package's TestMain does not call mediatest.Run")
	}
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

// Creative makes an MP4 of the length and size, 25 frames a second, with a
// tone at the volume (a linear factor).
func Creative(t *testing.T, seconds, size, volume string) string {
	t.Helper()
	return Make(t,
		"-f", "lavfi", "-i", "testsrc2=size="+size+":rate=25:duration="+seconds,
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration="+seconds+",volume="+volume+",aformat=channel_layouts=stereo",
		"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest",
		fmt.Sprintf("creative-%s-%s-%s.mp4", seconds, size, volume))
}

// Content is how a content rendition for a test is encoded: two seconds.
type Content struct {
	Video []string // encoder arguments; none for audio alone
	Size  string   // of the picture: "640x360"
	Rate  string   // frames a second, as ffmpeg reads it
	Audio []string // encoder arguments; none for video alone
}

// Sample makes one media segment with its initialization section, as an
// origin would publish it.
func (c Content) Sample(t *testing.T, name string) []byte {
	t.Helper()
	var in, enc []string
	if c.Video != nil {
		in = append(in, "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%s:rate=%s:duration=2", c.Size, c.Rate))
		enc = append(enc, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2")
		enc = append(enc, c.Video...)
	}
	if c.Audio != nil {
		in = append(in, "-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=2")
		enc = append(enc, "-c:a", "aac")
		enc = append(enc, c.Audio...)
	}
	switch filepath.Ext(name) {
	case ".m4s":
		enc = append(enc, "-f", "mp4", "-movflags", "cmaf+frag_keyframe+empty_moov+skip_trailer")
	case ".aac":
		enc = append(enc, "-f", "adts")
	}
	b, err := os.ReadFile(Make(t, append(append(in, enc...), name)...))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) == ".aac" {
		b = append(TimestampTag(0), b...)
	}
	return b
}

// TimestampTag is the ID3v2.4 tag by which a packed audio segment says when it
// begins on the 90 kHz clock (RFC 8216 §3.4).
func TimestampTag(pts int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(timestampHead), uint64(pts))
}

const timestampHead = "ID3\x04\x00\x00\x00\x00\x00\x3FPRIV\x00\x00\x00\x35\x00\x00com.apple.streaming.transportStreamTimestamp\x00"

// Concat joins files.
func Concat(t *testing.T, paths ...string) []byte {
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

// Decode decodes bytes and fails at the first complaint of ffmpeg.
func Decode(t *testing.T, b []byte) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", "pipe:0", "-f", "null", "-")
	cmd.Stdin = bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("decode: %v\n%s", err, out)
	}
}

// Packet is a packet as ffprobe lists it, times in seconds.
type Packet struct {
	Kind     string // "video" or "audio"
	Pts, End float64
}

// Packets lists the packets of bytes that ffprobe reads.
func Packets(t *testing.T, b []byte) []Packet {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts_time,duration_time", "-of", "csv=p=0", "pipe:0")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []Packet
	for line := range strings.Lines(string(out)) {
		var p Packet
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 3 {
			continue
		}
		p.Kind = fields[0]
		fmt.Sscan(fields[1], &p.Pts)
		fmt.Sscan(fields[2], &p.End)
		p.End += p.Pts
		all = append(all, p)
	}
	return all
}
