package ffmpeg

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxPixels bounds a decoded picture: a header of a few bytes can ask for one
// of gigabytes.
const maxPixels = "35389440" // 8192 × 4320

// Info is what ffprobe says of a file.
type Info struct {
	Streams []Stream `json:"streams"`
	Format  struct {
		Name  string `json:"format_name"`
		Start string `json:"start_time"`
	} `json:"format"`
}

// Stream is a stream of a file, in ffprobe's words.
type Stream struct {
	Index      int    `json:"index"`
	Type       string `json:"codec_type"`
	Codec      string `json:"codec_name"`
	Profile    string `json:"profile"`
	Level      int    `json:"level"`
	PixFmt     string `json:"pix_fmt"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Aspect     string `json:"sample_aspect_ratio"`
	FrameRate  string `json:"r_frame_rate"`
	AvgRate    string `json:"avg_frame_rate"`
	SampleRate string `json:"sample_rate"`
	Channels   int    `json:"channels"`

	Disposition struct {
		Default  int `json:"default"`
		Attached int `json:"attached_pic"`
	} `json:"disposition"`
}

// Stream finds the first stream of a type, a default one before others; cover
// art is no video. nil if there is none.
func (p *Info) Stream(kind string) *Stream {
	var found *Stream
	for i := range p.Streams {
		s := &p.Streams[i]
		if s.Type != kind || s.Codec == "" || s.Disposition.Attached != 0 {
			continue
		}
		if found == nil || s.Disposition.Default > found.Disposition.Default {
			found = s
		}
	}
	return found
}

// InputArgs are the options before an input of ffmpeg and ffprobe.
func InputArgs(protocol, demuxer string) []string {
	return []string{"-protocol_whitelist", protocol, "-format_whitelist", demuxer, "-max_pixels", maxPixels}
}

// ProbeFile asks ffprobe about a file in dir.
func ProbeFile(ctx context.Context, dir, file, demuxer string) (*Info, error) {
	args := append([]string{"-v", "error"}, InputArgs("file", demuxer)...)
	return probe(ctx, Command{Dir: dir, Args: append(args, "-i", "file:"+file)})
}

// ProbeBytes asks ffprobe about bytes in memory.
func ProbeBytes(ctx context.Context, b []byte, demuxer string) (*Info, error) {
	args := append([]string{"-v", "error"}, InputArgs("pipe", demuxer)...)
	return probe(ctx, Command{Stdin: bytes.NewReader(b), Args: append(args, "-i", "pipe:0")})
}

func probe(ctx context.Context, c Command) (*Info, error) {
	c.Tool, c.Limit = "ffprobe", 1<<20
	c.Args = append(c.Args, "-print_format", "json", "-show_streams", "-show_format")
	out, _, err := c.Run(ctx)
	if err != nil {
		return nil, err
	}
	p := new(Info)
	if err := json.Unmarshal(out, p); err != nil {
		return nil, fmt.Errorf("ffprobe: parse its answer: %w", err)
	}
	return p, nil
}

// maxPacketList bounds ffprobe's list of packets; ten minutes at 120 frames a
// second are 3 MB.
const maxPacketList = 32 << 20

// Extent is where the last packet of a stream ends, in microseconds from the
// file's start, and how many packets there are. It comes from the packets
// themselves: the durations in headers are declared by the program that made the file.
func Extent(ctx context.Context, dir, file, demuxer string, p *Info, index int) (end, packets int64, err error) {
	args := append([]string{"-v", "error"}, InputArgs("file", demuxer)...)
	args = append(args, "-i", "file:"+file, "-select_streams", strconv.Itoa(index),
		"-show_entries", "packet=pts_time,dts_time,duration_time,flags", "-of", "compact=p=0")
	out, _, err := Command{Tool: "ffprobe", Dir: dir, Args: args, Limit: maxPacketList}.Run(ctx)
	if err != nil {
		return 0, 0, err
	}
	start, _ := strconv.ParseFloat(p.Format.Start, 64) // "N/A" is zero
	last := 0.0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		packets++
		var pts, length float64
		known := false
		dts, dtsKnown := 0.0, false
		for field := range strings.SplitSeq(lines.Text(), "|") {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "pts_time":
				pts, err = strconv.ParseFloat(value, 64)
				known = err == nil
			case "dts_time":
				dts, err = strconv.ParseFloat(value, 64)
				dtsKnown = err == nil
			case "duration_time":
				length, _ = strconv.ParseFloat(value, 64)
			case "flags":
				// An edit list leaves this packet out.
				known, dtsKnown = known && !strings.Contains(value, "D"), dtsKnown && !strings.Contains(value, "D")
			}
		}
		if !known && dtsKnown {
			pts, known = dts, true // AVI has no presentation times
		}
		if known {
			last = max(last, pts+length-start)
		}
	}
	if math.IsNaN(last) || last > 1e6 {
		return 0, 0, fmt.Errorf("a packet ends at %g s", last)
	}
	return int64(math.Round(last * 1e6)), packets, nil
}
