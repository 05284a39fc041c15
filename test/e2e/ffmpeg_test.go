//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// frameRate is the content's, in frames a second.
	frameRate = 25
	// looked is the side of the square of pixels that ffmpeg makes of a picture.
	looked = 8
)

// run are frames in a row that show the same.
type run struct {
	picture string
	frames  int
}

// decoder is an ffmpeg that plays a stream as it comes.
type decoder struct {
	runs []run
	// complaints are what it said, without what differs from one to the next.
	complaints []string
}

// variable is what differs between two messages of the same kind: addresses of
// contexts, numbers, and URLs.
var variable = regexp.MustCompile(`@ 0x[0-9a-f]+|https?://\S+|[0-9]+`)

// decode decodes picture and sound of a stream until done says so.
func decode(t *testing.T, address string, done func(runs []run) bool) *decoder {
	t.Helper()
	cmd := command(t, "ffmpeg", "-hide_banner", "-nostdin", "-v", "error",
		"-http_persistent", "0", // it complains of every playlist that names two hosts
		"-i", address,
		// The frames are numbered anew: at a cut, where frames of sound end a little
		// after the picture, the times of two frames may be rounded to the same tick,
		// which is no fault of the stream, but muxers complain of it.
		"-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", "rgb24",
		"-vf", fmt.Sprintf("crop=iw/2:ih/2:iw/4:ih*2/5,scale=%d:%d:flags=area,setpts=N/%d/TB", looked, looked, frameRate),
		"-f", "rawvideo", "pipe:1",
		"-map", "0:a:0", "-af", "asetpts=N/SR/TB", "-f", "null", "-")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	patient := time.AfterFunc(patience, func() { _ = killGroup(cmd) }) // it may have ended
	defer patient.Stop()
	d := new(decoder)
	frame := make([]byte, looked*looked*3)
	for in := bufio.NewReader(out); !done(d.runs); {
		if _, err := io.ReadFull(in, frame); err != nil {
			t.Errorf("ffmpeg ended after %v: %v", d.runs, err)
			break
		}
		picture := pictureOf(frame)
		if n := len(d.runs); n == 0 || d.runs[n-1].picture != picture {
			d.runs = append(d.runs, run{picture: picture})
		}
		d.runs[len(d.runs)-1].frames++
	}
	_ = killGroup(cmd) // it may have ended
	_ = cmd.Wait()     // it was killed
	for line := range strings.Lines(said.String()) {
		line = strings.TrimSpace(line)
		if kind := variable.ReplaceAllString(line, "#"); !slices.Contains(d.complaints, kind) {
			t.Logf("ffmpeg on %s: %s", address, line)
			d.complaints = append(d.complaints, kind)
		}
	}
	return d
}

// palette are the colours of the demo's creatives.
var palette = map[string][3]int{"red": {208, 32, 44}, "blue": {31, 79, 208}, "purple": {138, 43, 226}, "orange": {255, 140, 0}}

// pictureOf names what a frame shows, as player.html does.
func pictureOf(frame []byte) string {
	var mean [3]int
	for i, b := range frame {
		mean[i%3] += int(b)
	}
	pixels := len(frame) / 3
	for i := range mean {
		mean[i] /= pixels
	}
	off := func(b byte, of int) int { return max(int(b)-of, of-int(b)) }
	spread := 0
	for i, b := range frame {
		spread += off(b, mean[i%3])
	}
	if spread/pixels > 12 {
		return "content"
	}
	for name, colour := range palette {
		if near := 45; off(byte(mean[0]), colour[0]) < near && off(byte(mean[1]), colour[1]) < near && off(byte(mean[2]), colour[2]) < near {
			return name
		}
	}
	return fmt.Sprint("flat ", mean)
}

// ffmpegSeesOneAvail reads a stream as it comes: it must get every frame of whole
// segments of content, and of each ad, and find no fault in any. What it finds in
// the channel as its origin has it is held against nobody.
func ffmpegSeesOneAvail(t *testing.T, p *program) {
	address, origin := p.live(t, "ts")
	want := oneAvail(podFor(shortAvail))
	over := make(chan struct{})
	control := make(chan *decoder, 1)
	go func() {
		control <- decode(t, origin, func([]run) bool {
			select {
			case <-over:
				return true
			default:
				return false
			}
		})
	}()
	d := decode(t, address, func(runs []run) bool {
		return len(runs) >= len(want) && runs[len(runs)-1].frames >= 2*frameRate
	})
	close(over)
	plain := <-control
	t.Logf("ffmpeg saw %v, and %v without ads", d.runs, plain.runs)
	for _, kind := range d.complaints {
		if !slices.Contains(plain.complaints, kind) {
			t.Errorf("ffmpeg: %s", kind)
		}
	}
	var pictures []string
	for _, r := range d.runs {
		pictures = append(pictures, r.picture)
	}
	if !slices.Equal(pictures, want) {
		t.Fatalf("ffmpeg saw %v, want %v", d.runs, want)
	}
	const segment = 2 * frameRate
	if before := d.runs[0].frames; before%segment != 0 {
		t.Errorf("%d frames of content came before the ads, which is no number of segments of %d", before, segment)
	}
	for _, r := range d.runs[1 : len(d.runs)-1] {
		if all := int(lengths[r.picture] * frameRate); r.frames != all {
			t.Errorf("%d frames were %s, want %d", r.frames, r.picture, all)
		}
	}
}
