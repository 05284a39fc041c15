package encode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// DefaultLoudness is the loudness that ATSC A/85 wants of ads, in LKFS.
const DefaultLoudness = -24.0

const (
	// truePeak is the highest true peak of the output in dBTP.
	truePeak = -2.0
	// inaudible is the loudness below which sound is taken for silence: to
	// raise it would make noise.
	inaudible = -50.0
)

// Loudness is what ITU-R BS.1770 measures of a creative's sound.
type Loudness struct {
	// Integrated is in LKFS, Range in LU, Peak in dBTP.
	Integrated float64 `json:"integrated"`
	Range      float64 `json:"range"`
	Peak       float64 `json:"peak"`
	Threshold  float64 `json:"threshold"`
	Offset     float64 `json:"offset"`
}

func (l Loudness) audible() bool { return l.Integrated > inaudible }

// filter is the second pass. The range asked for is the creative's own, so
// that the gain is one number for all of it wherever the peaks allow.
func (l Loudness) filter(target float64) string {
	return fmt.Sprintf("loudnorm=I=%.2f:TP=%.1f:LRA=%.2f:measured_I=%.2f:measured_TP=%.2f:measured_LRA=%.2f:measured_thresh=%.2f:offset=%.2f:linear=true",
		target, truePeak, min(max(7, math.Ceil(l.Range)), 50), l.Integrated, l.Peak, l.Range, l.Threshold, l.Offset)
}

// meter measures what the second pass makes of the sound with so many channels, into a
// file, without a pass of its own.
func meter(channels int) string {
	return "ebur128=metadata=1,ametadata=mode=print:key=" + meterKey + ":file=" + meterFile(channels)
}

const meterKey = "lavfi.r128.I"

func meterFile(channels int) string { return fmt.Sprintf("loudness%d.txt", channels) }

// metered reads what meter has measured, in LKFS, by number of channels. A measurement that
// is missing is left out: it shows nothing to viewers.
func metered(src *Source) map[int]float64 {
	after := map[int]float64{}
	for channels := range src.Loudness {
		text, err := os.ReadFile(filepath.Join(src.dir, meterFile(channels)))
		if err != nil {
			continue
		}
		i := bytes.LastIndex(text, []byte(meterKey+"="))
		if i < 0 {
			continue
		}
		line, _, _ := bytes.Cut(text[i+len(meterKey)+1:], []byte("\n"))
		if f, err := strconv.ParseFloat(string(line), 64); err == nil && finite(f) {
			after[channels] = f
		}
	}
	return after
}

// Measure is the first pass: the loudness of the creative's sound for each
// channel count of the profile. Silence measures as nothing and is left out.
func Measure(ctx context.Context, p profile.Profile, src *Source, target float64) (map[int]Loudness, error) {
	if src.audio < 0 {
		return nil, nil
	}
	found := map[int]Loudness{}
	for i := range p.Renditions {
		a := p.Renditions[i].Audio
		if a == nil {
			continue
		}
		if _, done := found[a.Channels]; done {
			continue
		}
		l, err := measureChannels(ctx, src, a.Channels, target)
		if err != nil {
			return nil, fmt.Errorf("measure loudness: %w", err)
		}
		found[a.Channels] = l
	}
	return found, nil
}

func measureChannels(ctx context.Context, src *Source, channels int, target float64) (Loudness, error) {
	args := slices.Concat(
		[]string{"-nostdin", "-hide_banner", "-nostats", "-loglevel", "info"},
		ffmpeg.InputArgs("file", src.demuxer),
		[]string{"-i", "file:" + src.file, "-map", "0:" + strconv.Itoa(src.audio),
			"-t", seconds(src.Duration),
			"-af", fmt.Sprintf("%s,loudnorm=I=%.2f:TP=%.1f:print_format=json", soundIn(channels), target, truePeak),
			"-f", "null", "-"})
	_, stderr, err := ffmpeg.Command{Tool: "ffmpeg", Dir: src.dir, Args: args, Limit: 1 << 16}.Run(ctx)
	if err != nil {
		return Loudness{}, err
	}
	return parseLoudness(stderr)
}

// parseLoudness reads the JSON object that loudnorm prints last. Its numbers
// are strings, and silence is "-inf".
func parseLoudness(stderr []byte) (Loudness, error) {
	from, to := bytes.LastIndexByte(stderr, '{'), bytes.LastIndexByte(stderr, '}')
	if from < 0 || to < from {
		return Loudness{}, errors.New("ffmpeg printed no measurement")
	}
	var text map[string]string
	if err := json.Unmarshal(stderr[from:to+1], &text); err != nil {
		return Loudness{}, fmt.Errorf("parse the measurement: %w", err)
	}
	var l Loudness
	for name, to := range map[string]*float64{
		"input_i": &l.Integrated, "input_lra": &l.Range, "input_tp": &l.Peak,
		"input_thresh": &l.Threshold, "target_offset": &l.Offset,
	} {
		f, err := strconv.ParseFloat(text[name], 64)
		if err != nil {
			return Loudness{}, fmt.Errorf("parse the measurement: %s is %q", name, text[name])
		}
		if !finite(f) {
			// Silence: JSON has no infinity either.
			return Loudness{Integrated: -99, Peak: -99, Threshold: -99}, nil
		}
		*to = f
	}
	return l, nil
}

// seconds is a time in microseconds as ffmpeg reads it.
func seconds(t int64) string { return fmt.Sprintf("%d.%06d", t/second, t%second) }
