package transcodecache

import (
	"context"
	"errors"
	"fmt"
)

// Content is one rendition of a content: what its multivariant playlist (or
// MPD) says of it, and a sample of its bytes.
type Content struct {
	// Name is the rendition's name in the profile.
	Name string
	// Kind is what the manifest takes it for. A "video" whose sample has only
	// sound (an audio-only variant) becomes audio.
	Kind Kind
	// Bandwidth is the BANDWIDTH of its variant in bits a second; 0 is unknown.
	Bandwidth int
	// Codecs is the CODECS attribute.
	Codecs string
	// Width and Height are RESOLUTION; 0 is unknown.
	Width, Height int
	// FrameRate is FRAME-RATE; 0 is unknown.
	FrameRate float64
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

// Derive makes the profile of a content whose EXT-X-TARGETDURATION (or largest
// segment) is target microseconds long.
//
// What a clear sample shows counts for more than what the manifest says, bit
// rates excepted: they come from BANDWIDTH, so that every segment of a stream
// gives the same profile. Where an encrypted rendition's CODECS, RESOLUTION or
// FRAME-RATE is missing, what is common at its bandwidth is assumed.
//
// An error that wraps ErrUnsupported says that no ad can be made for this
// content, ever; any other may be gone with the next sample.
func Derive(ctx context.Context, contents []Content, target int64) (Profile, error) {
	p := Profile{Segment: segmentLength(target)}
	demuxed := false
	for i := range contents {
		demuxed = demuxed || contents[i].Kind == AudioKind
	}
	for i := range contents {
		s, err := derive(ctx, &contents[i], demuxed)
		if err != nil {
			return Profile{}, fmt.Errorf("content %s: %w", contents[i].Name, err)
		}
		p.Renditions = append(p.Renditions, s)
	}
	if err := p.Validate(); err != nil {
		return Profile{}, fmt.Errorf("profile of the content: %w", err)
	}
	return p, nil
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

func derive(ctx context.Context, c *Content, demuxed bool) (Spec, error) {
	s := Spec{Name: c.Name, Kind: c.Kind, Container: c.Container}
	if c.Kind == TextKind {
		return deriveText(s, c), nil
	}
	if len(c.Sample) == 0 || c.Encrypted && c.Container != FMP4 {
		if c.Encrypted {
			return declared(s, c, demuxed)
		}
		return s, errors.New("there is no sample of it")
	}
	s, err := sampled(ctx, s, c)
	if err != nil && c.Encrypted && !errors.Is(err, ErrUnsupported) {
		return declared(s, c, demuxed) // the initialization section hides it
	}
	return s, err
}

// sampled makes the spec of content from its sample.
func sampled(ctx context.Context, s Spec, c *Content) (Spec, error) {
	container, demuxer, err := sampleContainer(c.Sample)
	if err != nil {
		return s, err
	}
	if err := c.listable(container); err != nil {
		return s, err
	}
	found, err := probeBytes(ctx, c.Sample, demuxer)
	if err != nil {
		return s, fmt.Errorf("probe its sample: %w", err)
	}
	video, audio := found.stream("video"), found.stream("audio")
	switch {
	case video == nil && audio == nil:
		return s, errors.New("its sample has neither video nor audio")
	case c.Kind == AudioKind && audio == nil:
		return s, errors.New("its sample has no audio")
	}
	out := Spec{Name: s.Name, Kind: s.Kind, Container: container}
	if c.Kind == VideoKind && video == nil {
		out.Kind = AudioKind // an audio-only variant
	}
	if audio != nil {
		if out.Audio, err = probedAudio(audio, c); err != nil {
			return s, err
		}
	}
	if out.Kind == VideoKind {
		if out.Video, err = probedVideo(video, c, out.Audio); err != nil {
			return s, err
		}
	}
	return out, nil
}

// sampleContainer tells the container of a sample and its demuxer.
func sampleContainer(b []byte) (Container, string, error) {
	demuxer, err := sniff(b[:min(len(b), sniffBytes)])
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
