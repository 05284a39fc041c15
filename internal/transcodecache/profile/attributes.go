package profile

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"stitcher/internal/transcodecache/ffmpeg"
)

// Declared makes the spec of a rendition from its attributes alone: of encrypted
// content, and of a rendition that the origin does not serve now.
func Declared(c *Content) (Spec, error) {
	s := Spec{Kind: c.Kind, Container: c.Container}
	if c.Container == "" {
		return s, errors.New("there is no sample of it and its container is not known")
	}
	said, err := ParseCodecs(c.codecs())
	if err != nil {
		return s, err
	}
	if s.Kind == VideoKind && said.Video == nil && said.Audio != nil && c.Width == 0 {
		s.Kind = AudioKind // an audio-only variant
	}
	switch {
	case s.Kind == AudioKind, !c.Demuxed && (said.Audio != nil || said.Video == nil):
		s.Audio = completeAudio(said.Audio, c)
	}
	if s.Kind == VideoKind {
		s.Video = completeVideo(said.Video, c)
	}
	return s, nil
}

// rung is what is common at a bandwidth.
type rung struct {
	bandwidth, width, height int
	profile                  string
	level                    int
}

var rungs = []rung{
	{500_000, 480, 270, "main", 30},
	{1_000_000, 640, 360, "main", 30},
	{2_000_000, 960, 540, "main", 31},
	{4_500_000, 1280, 720, "high", 31},
	{math.MaxInt, 1920, 1080, "high", 40},
}

func completeVideo(v *Video, c *Content) *Video {
	usual := rungs[0]
	for i := len(rungs) - 1; i >= 0 && c.Bandwidth <= rungs[i].bandwidth; i-- {
		usual = rungs[i]
	}
	if v == nil {
		v = &Video{Codec: "h264", Profile: usual.profile, Level: usual.level, PixFmt: "yuv420p"}
	}
	v.Width, v.Height = c.Width, c.Height
	if v.Width == 0 || v.Height == 0 {
		v.Width, v.Height = usual.width, usual.height
	}
	v.Width, v.Height = v.Width&^1, v.Height&^1
	v.Rate = frameRate(c.FrameRate)
	return v
}

func completeAudio(a *Audio, c *Content) *Audio {
	if a == nil {
		a = &Audio{Codec: "mp4a.40.2"}
	}
	a.SampleRate, a.Channels = 48000, cmp.Or(c.Channels, 2)
	a.Bitrate = audioBitrate(a.Channels, c)
	return a
}

// probedVideo describes the video of a sample.
func probedVideo(found *ffmpeg.Stream, c *Content) (*Video, error) {
	known, ok := probedProfiles[found.Codec+"/"+found.Profile]
	switch {
	case found.Profile == "" || found.Profile == "unknown":
		return nil, fmt.Errorf("its sample doesn't show the profile of its video codec %s", found.Codec)
	case !ok:
		return nil, fmt.Errorf("video codec %s, profile %q, %w", found.Codec, found.Profile, ErrUnsupported)
	}
	v := &Video{
		Codec: known.codec, Profile: known.name, PixFmt: known.pixFmt,
		Width: found.Width &^ 1, Height: found.Height &^ 1, Aspect: aspect(found.Aspect),
	}
	if found.Level > 0 {
		v.Level = found.Level
		if known.codec == "hevc" {
			v.Level /= 3
		}
	}
	v.Rate = ParseRate(found.FrameRate)
	if v.Rate.Num == 0 || v.Rate.Num > 61*v.Rate.Den {
		// Field rates of interlaced video and the rate of a lone
		// initialization section say nothing.
		v.Rate = ParseRate(found.AvgRate)
		if c.FrameRate > 0 || v.Rate.Num == 0 || v.Rate.Num > MaxFrameRate*v.Rate.Den {
			v.Rate = frameRate(c.FrameRate)
		}
	} else if said := frameRate(c.FrameRate); c.FrameRate > 0 && v.Rate.Num*said.Den == 2*said.Num*v.Rate.Den {
		v.Rate = said // fields were counted
	}
	return v, nil
}

// AudioOf describes the audio of a sample. ffprobe tells AAC's profile only
// once it has a frame, so an encrypted sample, which is an initialization section
// alone, tells it by its AudioSpecificConfig, or CODECS does.
func AudioOf(found *ffmpeg.Stream, c *Content) (*Audio, error) {
	a := &Audio{Channels: found.Channels}
	a.SampleRate, _ = strconv.Atoi(found.SampleRate)
	switch found.Codec + "/" + found.Profile {
	case "aac/LC":
		a.Codec = "mp4a.40.2"
	case "aac/HE-AAC", "aac/HE-AACv2":
		a.Codec = "mp4a.40.5"
	case "aac/", "aac/unknown":
		if err := c.configuredAAC(a); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("audio codec %s, profile %q, %w", found.Codec, found.Profile, ErrUnsupported)
	}
	a.Bitrate = audioBitrate(a.Channels, c)
	return a, nil
}

// audioBitrate is what is common for AAC-LC at the number of channels, less in
// a variant that has no room for it. The sample's own rate is not looked at:
// it varies from segment to segment.
func audioBitrate(channels int, c *Content) int {
	bits := 64_000 * max(channels, 1)
	for bits > 32_000 && c.Bandwidth > 0 && (c.Kind == VideoKind && bits > c.Bandwidth/4 || bits > c.Bandwidth) {
		bits /= 2
	}
	return bits
}

// frameRate makes a FRAME-RATE attribute exact; 30 where it is unknown.
func frameRate(f float64) Ratio {
	if !(f >= 1 && f <= MaxFrameRate) {
		return Ratio{30, 1}
	}
	whole := math.Round(f)
	switch {
	case math.Abs(f-whole) < 0.005:
		return Ratio{int64(whole), 1}
	case math.Abs(f-math.Ceil(f)*1000/1001) < 0.01:
		return Ratio{int64(math.Ceil(f)) * 1000, 1001} // 23.976, 29.97, 59.94
	}
	return Ratio{int64(math.Round(f * 1000)), 1000}
}

// ParseRate reads ffprobe's "30000/1001"; zero where it says nothing.
func ParseRate(s string) Ratio {
	num, den, _ := strings.Cut(s, "/")
	n, err1 := strconv.ParseInt(num, 10, 32)
	d, err2 := strconv.ParseInt(den, 10, 32)
	if err1 != nil || err2 != nil || n <= 0 || d <= 0 {
		return Ratio{}
	}
	return Ratio{n, d}
}

// aspect reads ffprobe's "16:11"; zero, a square, where it says nothing.
func aspect(s string) Ratio {
	r := ParseRate(strings.Replace(s, ":", "/", 1))
	if r.Num == r.Den {
		return Ratio{}
	}
	return r
}
