package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Kind says what a rendition carries.
type Kind string

// The kinds.
const (
	VideoKind Kind = "video"
	AudioKind Kind = "audio"
	TextKind  Kind = "text"
)

// Container is the format of a rendition's segments.
type Container string

// The containers.
const (
	TS     Container = "ts"   // MPEG-2 transport stream
	FMP4   Container = "fmp4" // CMAF: an initialization section and .m4s files
	ADTS   Container = "aac"  // packed audio (RFC 8216 §3.4)
	WebVTT Container = "vtt"
)

// Profile says what the renditions of a content are like, so that ads can be
// made to equal them (field failure B-24). Equal profiles have equal IDs, and
// contents with equal profiles share assets.
type Profile struct {
	// Segment is the greatest length of an ad segment in microseconds.
	Segment int64 `json:"segment"`
	// Renditions are in the order of the content's layout. The first video
	// rendition is the reference; without video, the first audio rendition.
	Renditions []Spec `json:"renditions"`
}

// Spec is one rendition of a profile.
type Spec struct {
	// Name names the rendition and its files: "v0", "a0", "t0".
	Name      string    `json:"name"`
	Kind      Kind      `json:"kind"`
	Container Container `json:"container"`
	// Video is set for video renditions.
	Video *Video `json:"video,omitempty"`
	// Audio is set for audio renditions, and for video renditions that carry
	// their audio themselves.
	Audio *Audio `json:"audio,omitempty"`
	// Text is set for text renditions in fragmented MP4.
	Text *Text `json:"text,omitempty"`
}

// Muxed is whether a video rendition carries audio too.
func (s *Spec) Muxed() bool { return s.Kind == VideoKind && s.Audio != nil }

// Video is how a video rendition is encoded.
type Video struct {
	// Codec is "h264" or "hevc".
	Codec string `json:"codec"`
	// Profile is baseline, main, high, high10 or high422 of H.264, main or
	// main10 of HEVC.
	Profile string `json:"profile"`
	// Level is ten times the level's number (31 is 3.1, 9 is 1b); 0 leaves it
	// to the encoder.
	Level  int    `json:"level,omitempty"`
	PixFmt string `json:"pixFmt"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	// Aspect is the shape of a pixel, width to height; zero is square.
	Aspect Ratio `json:"aspect,omitzero"`
	// Rate is the number of frames in a second.
	Rate Ratio `json:"rate"`
	// Bitrate is the highest bit rate in bits a second.
	Bitrate int `json:"bitrate"`
}

// Audio is how an audio rendition is encoded.
type Audio struct {
	// Codec is as in CODECS: "mp4a.40.2", or "mp4a.40.5" for HE-AAC content,
	// whose ads are AAC-LC: HE-AAC decoders play it, and free builds of ffmpeg
	// have no HE-AAC encoder.
	Codec string `json:"codec"`
	// SampleRate is what the decoder puts out, in Hz.
	SampleRate int `json:"sampleRate"`
	Channels   int `json:"channels"`
	Bitrate    int `json:"bitrate"`
}

// Ratio is a rational number.
type Ratio struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// String gives the ratio as ffmpeg reads it.
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// recipe is part of every profile's id: it changes when the same profile is
// encoded in a way that old assets must not stand for.
const recipe = "2\x00"

// ID is the profile's identity, a hash of its content in hexadecimal.
func (p Profile) ID() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("profile: a profile always marshals: " + err.Error())
	}
	sum := sha256.Sum256([]byte(recipe + string(text)))
	return hex.EncodeToString(sum[:16])
}

// Reference is the index of the rendition that all times are taken on.
func (p Profile) Reference() int {
	for _, kind := range []Kind{VideoKind, AudioKind} {
		for i := range p.Renditions {
			if p.Renditions[i].Kind == kind {
				return i
			}
		}
	}
	return -1
}

// The bounds of what Validate accepts: what content can be, with room above.
const (
	minSegment    = second
	MaxRenditions = 64
	maxSide       = 8192
	MaxFrameRate  = 120
)

var renditionName = regexp.MustCompile(`^[a-z][0-9a-z]{0,15}$`)

// Validate reports all that keeps a profile from being encoded. A rendition's
// name becomes part of file names, so it is checked strictly.
func (p Profile) Validate() error {
	var errs []error
	if p.Segment < minSegment || p.Segment > 60*second {
		errs = append(errs, fmt.Errorf("a segment of %d µs is not between 1 s and 60 s", p.Segment))
	}
	if len(p.Renditions) > MaxRenditions {
		return fmt.Errorf("%d renditions are more than %d", len(p.Renditions), MaxRenditions)
	}
	if p.Reference() < 0 {
		errs = append(errs, errors.New("there is neither a video nor an audio rendition"))
	}
	seen := map[string]bool{}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		if !renditionName.MatchString(s.Name) {
			errs = append(errs, fmt.Errorf("rendition name %q is not a letter and up to 15 letters or digits", s.Name))
		}
		if seen[s.Name] {
			errs = append(errs, fmt.Errorf("rendition name %q occurs twice", s.Name))
		}
		seen[s.Name] = true
		if err := s.validate(); err != nil {
			errs = append(errs, fmt.Errorf("rendition %s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Spec) validate() error {
	switch {
	case s.Kind == VideoKind && s.Video == nil:
		return errors.New("a video rendition has no video")
	case s.Kind == AudioKind && (s.Audio == nil || s.Video != nil):
		return errors.New("an audio rendition has no audio, or has video")
	case s.Kind == TextKind:
		return s.validateText()
	case s.Kind == VideoKind && s.Container != TS && s.Container != FMP4,
		s.Kind == AudioKind && s.Container != TS && s.Container != FMP4 && s.Container != ADTS:
		return fmt.Errorf("%s in container %q %w", s.Kind, s.Container, ErrUnsupported)
	case s.Kind != VideoKind && s.Kind != AudioKind && s.Kind != TextKind:
		return fmt.Errorf("kind %q is unknown", s.Kind)
	}
	if v := s.Video; v != nil {
		if v.Width < 16 || v.Height < 16 || v.Width > maxSide || v.Height > maxSide || v.Width%2 != 0 || v.Height%2 != 0 {
			return fmt.Errorf("size %dx%d is odd, or not between 16 and %d", v.Width, v.Height, maxSide)
		}
		if v.Rate.Num <= 0 || v.Rate.Den <= 0 || v.Rate.Num > MaxFrameRate*v.Rate.Den || v.Rate.Num < v.Rate.Den {
			return fmt.Errorf("frame rate %s is not between 1 and %d", v.Rate, MaxFrameRate)
		}
		if v.Bitrate <= 0 {
			return errors.New("the video has no bit rate")
		}
		if !v.known() {
			return fmt.Errorf("video codec %q, profile %q, as %q %w", v.Codec, v.Profile, v.PixFmt, ErrUnsupported)
		}
	}
	if a := s.Audio; a != nil {
		if !aacRates[s.CodedRate()] {
			return fmt.Errorf("sample rate %d %w", a.SampleRate, ErrUnsupported)
		}
		if a.Codec != "mp4a.40.2" && a.Codec != "mp4a.40.5" {
			return fmt.Errorf("audio codec %q %w", a.Codec, ErrUnsupported)
		}
		if ChannelLayout(a.Channels) == "" {
			return fmt.Errorf("%d channels: %w", a.Channels, ErrUnsupported)
		}
		if a.Bitrate <= 0 {
			return errors.New("the audio has no bit rate")
		}
	}
	return nil
}

// known is whether the encoders make this kind of video.
func (v *Video) known() bool {
	for _, p := range probedProfiles {
		if p == (videoProfile{v.Codec, v.Profile, v.PixFmt}) {
			return true
		}
	}
	return false
}
