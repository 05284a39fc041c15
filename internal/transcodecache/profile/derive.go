package profile

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/transcodecache/ffmpeg"
)

// Content is one rendition of a content: what its multivariant playlist (or
// MPD) says of it, and a sample of its bytes.
type Content struct {
	// Kind is what the manifest takes it for. A "video" whose sample has only
	// sound (an audio-only variant) becomes audio.
	Kind Kind
	// Bandwidth is the BANDWIDTH of its variant in bits a second; 0 is unknown.
	Bandwidth int
	// Group is the audio group: the one that a video rendition's Bandwidth
	// includes, or the one that an audio rendition belongs to. "" where Bandwidth
	// is the rendition's alone, as in an MPD.
	Group string
	// Codecs is the CODECS attribute; of an audio rendition, that of a variant
	// that uses its group.
	Codecs string
	// Width and Height are RESOLUTION; 0 is unknown.
	Width, Height int
	// FrameRate is FRAME-RATE; 0 is unknown.
	FrameRate float64
	// Channels is the first parameter of CHANNELS; 0 is unknown.
	Channels int
	// Demuxed is whether the content has audio renditions of their own, so that
	// CODECS of a video rendition may name sound that is not in it.
	Demuxed bool
	// Container is known from the manifest (EXT-X-MAP, a file's extension); a
	// clear sample overrules it, but for whether there is an EXT-X-MAP.
	Container Container
	// Encrypted content is not probed, its clear fMP4 initialization section
	// excepted.
	Encrypted bool
	// Sample is the initialization section, where there is one, and one media
	// segment; of encrypted content and of text the initialization section alone.
	Sample []byte
}

// Inspect tells how one rendition of a content is encoded; the Spec has no name
// yet.
//
// What a clear sample shows counts for more than what the manifest leaves open.
// Where the two contradict each other, the error wraps ErrContradiction and
// another sample may agree: one segment of a rendition can lack a track, or come
// from another encoder. If only the size of the picture differs, the error wraps
// ErrSize too, and the Spec is the sample's with the manifest's size. Where an
// encrypted rendition's CODECS, RESOLUTION or FRAME-RATE is missing, what is common
// at its bandwidth is assumed.
//
// An error that wraps ErrUnsupported says that no ad can be made for this
// rendition, ever; any other may be gone with the next sample.
func Inspect(ctx context.Context, c *Content) (Spec, error) {
	s := Spec{Kind: c.Kind, Container: c.Container}
	if c.Kind == TextKind {
		return deriveText(s, c), nil
	}
	if len(c.Sample) == 0 || c.Encrypted && c.Container != FMP4 {
		if c.Encrypted {
			return Declared(c)
		}
		return s, errors.New("there is no sample of it")
	}
	out, err := sampled(ctx, c)
	if err != nil && c.Encrypted && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrContradiction) {
		return Declared(c) // the initialization section hides it
	}
	return out, err
}

// segmentLength is half the target duration, so that a playlist with ads is
// updated in time (splicing.md); at least 1 s, at most 2 s.
func segmentLength(target int64) int64 {
	const usual = 2 * second
	if target <= 0 {
		return usual
	}
	return min(max(target/2, minSegment), usual)
}

// sampled makes the spec of a rendition from its sample.
func sampled(ctx context.Context, c *Content) (Spec, error) {
	container, demuxer, err := SampleContainer(c.Sample)
	if err != nil {
		return Spec{}, err
	}
	if err := c.listable(container); err != nil {
		return Spec{}, err
	}
	found, err := ffmpeg.ProbeBytes(ctx, c.Sample, demuxer)
	if err != nil {
		return Spec{}, fmt.Errorf("probe its sample: %w", err)
	}
	video, audio := found.Stream("video"), found.Stream("audio")
	switch {
	case video == nil && audio == nil:
		return Spec{}, errors.New("its sample has neither video nor audio")
	case c.Kind == AudioKind && audio == nil:
		return Spec{}, errors.New("its sample has no audio")
	}
	differ := c.agrees(video, audio)
	if differ != nil && !errors.Is(differ, ErrSize) {
		return Spec{}, differ
	}
	out := Spec{Kind: c.Kind, Container: container}
	if c.Kind == VideoKind && video == nil {
		out.Kind = AudioKind // an audio-only variant
	}
	if audio != nil {
		if out.Audio, err = AudioOf(audio, c); err != nil {
			return Spec{}, err
		}
	}
	if out.Kind == VideoKind {
		if out.Video, err = probedVideo(video, c); err != nil {
			return Spec{}, err
		}
		if differ != nil {
			out.Video.Width, out.Video.Height, out.Video.Aspect = c.Width&^1, c.Height&^1, Ratio{}
		}
	}
	return out, differ
}

// SampleContainer tells the container of a sample and its demuxer.
func SampleContainer(b []byte) (Container, string, error) {
	demuxer, err := ffmpeg.Sniff(b[:min(len(b), ffmpeg.HeadBytes)])
	if err != nil {
		return "", "", fmt.Errorf("its sample: %w", err)
	}
	switch demuxer {
	case "mpegts":
		return TS, demuxer, nil
	case "mov":
		return FMP4, demuxer, nil
	case "aac":
		return ADTS, demuxer, nil
	case "mp3":
		// Packed audio begins with an ID3 tag (RFC 8216 §3.4), whatever
		// follows it; what it is shows in the probe.
		return ADTS, "aac", nil
	}
	return "", "", fmt.Errorf("container %q %w", demuxer, ErrUnsupported)
}
