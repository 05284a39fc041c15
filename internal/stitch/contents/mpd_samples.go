package contents

import (
	"context"
	"errors"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/mpds"
	"stitcher/internal/transcodecache/profile"
)

// trackContent is what the MPD says of rendition n.
func (s *Sampler) trackContent(ctx context.Context, l *layouts.Layout, n int) (profile.Content, samples, error) {
	d := &l.MPD.Tracks[n]
	c := profile.Content{
		Bandwidth: d.Bandwidth, Codecs: d.Codecs, Width: d.Width, Height: d.Height, Channels: d.Channels,
		Demuxed: true, Container: profile.FMP4, Encrypted: d.Protected,
	}
	if d.FrameRate.Den > 0 {
		c.FrameRate = float64(d.FrameRate.Num) / float64(d.FrameRate.Den)
	}
	switch l.Renditions[n].Kind {
	case origin.Video:
		c.Kind = profile.VideoKind
	case origin.Audio:
		c.Kind = profile.AudioKind
	default:
		c.Kind = profile.TextKind
		if d.MimeType == "text/vtt" {
			c.Container = profile.WebVTT
			return c, nil, nil
		}
	}
	t, err := mpds.Template(ctx, s.manifests, l.MPD.Template, presentation.Options{}, nil, false)
	if err != nil {
		return c, nil, err
	}
	at, ok := trackIndex(t, d.ID)
	if !ok {
		return c, nil, errors.New("the MPD does not have the Representation any more")
	}
	x := trackSamples{longest: t.At(s.now().UnixMicro()).TargetDuration, protected: d.Protected}
	first, segment := t.Sample(at, s.now().UnixMicro())
	x.first, x.segment = manifest.Resource(first), manifest.Resource(segment)
	if x.segment.URI == "" {
		return c, nil, errNoSample
	}
	if c.Kind == profile.TextKind {
		if c.Sample, err = s.sample(ctx, x.first); err != nil {
			s.log.Warn("the format of subtitles is taken from codecs because their initialization section can't be read", "layout", l.ID, "url", x.first.URI, "err", err)
		}
		return c, nil, nil
	}
	return c, x, nil
}

func trackIndex(t *dash.Template, id string) (int, bool) {
	for i, d := range t.Tracks() {
		if d.ID == id {
			return i, true
		}
	}
	return 0, false
}

// trackSamples is a segment of a Representation.
type trackSamples struct {
	first, segment manifest.Resource
	longest        int64
	protected      bool
}

func (t trackSamples) places() []int               { return []int{0} }
func (t trackSamples) encrypted(int) bool          { return t.protected }
func (t trackSamples) init(int) manifest.Resource  { return t.first }
func (t trackSamples) media(int) manifest.Resource { return t.segment }
func (t trackSamples) target() int64               { return t.longest }
