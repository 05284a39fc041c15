package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mediaVersion is part of the cache's name: raise it when what is made changes.
const mediaVersion = 2

// The channel's content is one loop, of segments that all have the same
// length: 25 frames a second and 48 kHz audio both come out even over it.
const (
	SegmentLength = 2 * time.Second
	LoopSegments  = 24
	LoopLength    = LoopSegments * SegmentLength
	FrameRate     = 25
)

// Rung is a video rendition of the channel.
type Rung struct {
	Name          string
	Width, Height int
	// Rate is kbit/s. Codecs is what ffmpeg makes of Level with the options
	// below: Constrained Baseline.
	Rate          int
	Level, Codecs string
}

// Rungs are the channel's video renditions, the poorest first.
func Rungs() []Rung {
	return []Rung{
		{"360", 640, 360, 600, "3.0", "avc1.42c01e"},
		{"540", 960, 540, 1200, "3.1", "avc1.42c01f"},
		{"720", 1280, 720, 2000, "3.1", "avc1.42c01f"},
	}
}

// AudioCodecs is what ffmpeg's own AAC encoder makes.
const AudioCodecs = "mp4a.40.2"

// fonts are where Debian, Fedora and Alpine have a font. Without one the
// pictures have no captions.
var fonts = [...]string{
	"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
	"/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
	"/usr/share/fonts/dejavu/DejaVuSansMono.ttf",
}

// Prepare returns the media below dir, made if it is not there.
func Prepare(ctx context.Context, ffmpeg, dir string, log *slog.Logger) (*Library, error) {
	target := filepath.Join(dir, "media-v"+strconv.Itoa(mediaVersion))
	if _, err := os.Stat(target); err == nil {
		return loadLibrary(target)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make media: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, "making-*")
	if err != nil {
		return nil, fmt.Errorf("make media: %w", err)
	}
	defer os.RemoveAll(tmp)
	log.Info("making the demo's media, once", "dir", target)
	started := time.Now()
	m := maker{ffmpeg: ffmpeg, dir: tmp, font: findFont()}
	if err := m.make(ctx); err != nil {
		return nil, fmt.Errorf("make media: %w", err)
	}
	// Whole or not at all; and a process that made it at the same time made the same.
	if err := os.Rename(tmp, target); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make media: %w", err)
	}
	log.Info("made the demo's media", "took", time.Since(started).Round(time.Millisecond))
	return loadLibrary(target)
}

func findFont() string {
	for _, f := range fonts {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	return ""
}

// maker runs ffmpeg.
type maker struct {
	ffmpeg, dir, font string
}

func (m maker) make(ctx context.Context) error {
	if err := m.content(ctx); err != nil {
		return err
	}
	for _, format := range Formats() {
		if err := m.pack(ctx, format); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(m.dir, "creatives"), 0o750); err != nil {
		return err
	}
	for _, c := range Creatives() {
		if err := m.creative(ctx, c); err != nil {
			return err
		}
	}
	return os.Remove(m.source())
}

// source is the encoded loop, which the formats are packed from.
func (m maker) source() string { return filepath.Join(m.dir, "content.mkv") }

// content encodes the loop once, with all rungs and one sound.
func (m maker) content(ctx context.Context) error {
	ladder := Rungs()
	top := ladder[len(ladder)-1]
	seconds := int(LoopLength / time.Second)
	args := []string{
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=%d:duration=%d%s", top.Width, top.Height, FrameRate, seconds,
			m.caption("CONTENT  %{pts\\:hms}", 40)),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=220:beep_factor=4:sample_rate=48000:duration=%d", seconds),
	}
	graph := fmt.Sprintf("[0:v]split=%d", len(ladder))
	for i := range ladder {
		graph += fmt.Sprintf("[s%d]", i)
	}
	var maps []string
	for i, r := range ladder {
		graph += fmt.Sprintf(";[s%d]scale=%d:%d[v%d]", i, r.Width, r.Height, i)
		rate := strconv.Itoa(r.Rate) + "k"
		maps = append(maps, "-map", fmt.Sprintf("[v%d]", i),
			fmt.Sprintf("-b:v:%d", i), rate, fmt.Sprintf("-maxrate:v:%d", i), rate,
			fmt.Sprintf("-bufsize:v:%d", i), rate, fmt.Sprintf("-level:v:%d", i), r.Level)
	}
	gop := strconv.Itoa(FrameRate * int(SegmentLength/time.Second))
	args = append(args, "-filter_complex", graph)
	args = append(args, maps...)
	args = append(args, "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
		"-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-flags", "+cgop",
		"-c:a", "aac", "-b:a", "96k", "-ac", "2", m.source())
	return m.run(ctx, args...)
}

// pack writes the loop as the HLS segments of one format, without encoding
// anything again.
func (m maker) pack(ctx context.Context, f Format) error {
	var maps, streams []string
	for i, r := range f.Renditions {
		stream := fmt.Sprintf("v:%d", i)
		if r == AudioName {
			maps = append(maps, "-map", "0:a")
			stream = "a:0"
		} else {
			maps = append(maps, "-map", fmt.Sprintf("0:v:%d", i))
			if f.Muxed() {
				maps = append(maps, "-map", "0:a")
				stream += fmt.Sprintf(",a:%d", i)
			}
		}
		streams = append(streams, stream+",name:"+r)
	}
	out := filepath.Join(m.dir, f.Name, "%v")
	args := append([]string{"-i", m.source()}, maps...)
	args = append(args, "-c", "copy", "-f", "hls", "-hls_time", strconv.Itoa(int(SegmentLength/time.Second)),
		"-hls_playlist_type", "vod", "-hls_flags", "independent_segments",
		"-hls_segment_type", f.SegmentType, "-hls_fmp4_init_filename", InitName,
		"-hls_segment_filename", filepath.Join(out, "%d"+f.Ext),
		"-var_stream_map", strings.Join(streams, " "))
	playlist := filepath.Join(out, "index.m3u8")
	if f.Muxed() {
		// Continuity counters begin again where the loop does; said in the
		// transport stream, decoders don't take it for a loss (ISO/IEC 13818-1
		// §2.4.3.4, discontinuity_indicator).
		return m.run(ctx, append(args, "-hls_segment_options", "mpegts_flags=+initial_discontinuity", playlist)...)
	}
	if err := m.run(ctx, append(args, playlist)...); err != nil {
		return err
	}
	// ffmpeg appends the number of the stream to the init section's name.
	for i, r := range f.Renditions {
		dir := filepath.Join(m.dir, f.Name, r)
		if err := os.Rename(filepath.Join(dir, fmt.Sprintf("init_%d.mp4", i)), filepath.Join(dir, InitName)); err != nil {
			return err
		}
	}
	return nil
}

// creative makes the media file of an ad.
func (m maker) creative(ctx context.Context, c Creative) error {
	seconds := int(c.Duration / time.Second)
	return m.run(ctx,
		"-f", "lavfi", "-i", fmt.Sprintf("color=c=%s:size=%dx%d:rate=%d:duration=%d%s", c.Colour, c.Width, c.Height, c.Rate, seconds,
			m.caption("AD  "+c.Title+"  %{pts\\:hms}", c.Height/18)),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=%d:sample_rate=%d:duration=%d", c.Tone, c.SampleRate, seconds),
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "1500k",
		"-c:a", "aac", "-b:a", "96k", "-ac", strconv.Itoa(c.Channels), "-movflags", "+faststart",
		filepath.Join(m.dir, "creatives", c.ID+".mp4"))
}

// caption is the filter that writes a text in the upper left corner, or
// nothing where there is no font.
func (m maker) caption(text string, size int) string {
	if m.font == "" {
		return ""
	}
	return fmt.Sprintf(",drawtext=fontfile=%s:text='%s':x=24:y=24:fontsize=%d:fontcolor=white:box=1:boxborderw=8:boxcolor=black@0.7",
		m.font, text, size)
}

func (m maker) run(ctx context.Context, args ...string) error {
	args = append([]string{"-hide_banner", "-nostdin", "-loglevel", "error", "-y"}, args...)
	out, err := exec.CommandContext(ctx, m.ffmpeg, args...).CombinedOutput() //nolint:gosec // our own arguments; the operator names the program
	if err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
