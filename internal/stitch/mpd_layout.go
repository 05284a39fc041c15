package stitch

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/mpds"
	"stitcher/internal/transcodecache/profile"
)

// mpdLayout is what a session's MPD had when the session began.
type mpdLayout struct {
	// template is the URL of the MPD.
	template string
	// tracks are the Representations that ads are made for, one for each rendition of
	// the layout.
	tracks []dash.Track
	// names are the names in assets of the Representations' ads, by id.
	names map[string]string
}

// discoverMPD reads the session's MPD and gives its layout, stored.
func (m *layouts) discoverMPD(ctx context.Context, p *playback.Session) (*layout, error) {
	t, err := mpds.Template(ctx, m.manifests, p.Template, dash.Options{}, nil, false)
	if err != nil {
		return nil, err
	}
	_, base := t.Source()
	src := source{Template: assetURL(p), Tracks: t.Tracks()}
	if base != nil {
		src.Base = base.String()
	}
	return m.keep(ctx, &src, p)
}

// mpdLayout works out what the Representations are.
func (s *source) mpdLayout(id string) (*layout, error) {
	l := &layout{template: s.Template, mpd: &mpdLayout{template: s.Template, names: map[string]string{}}}
	l.ID, l.Timed, l.Reference = id, true, -1
	names := map[origin.Kind]int{}
	for i := range s.Tracks {
		t := &s.Tracks[i]
		out := origin.Rendition{URL: s.Template, Name: digest([]byte(t.ID))[:16]}
		var letter string
		switch t.Kind {
		case "video":
			out.Kind, letter = origin.Video, "v"
		case "audio":
			out.Kind, letter = origin.Audio, "a"
		case "text":
			out.Kind, letter = origin.Subtitle, "t"
		default:
			continue // thumbnails and trick modes have no ads
		}
		if _, twice := l.mpd.names[t.ID]; twice {
			continue
		}
		out.Track = letter + strconv.Itoa(names[out.Kind])
		names[out.Kind]++
		n := len(l.Renditions)
		if l.Reference < 0 && out.Kind != origin.Subtitle || out.Kind == origin.Video && l.Renditions[l.Reference].Kind != origin.Video {
			l.Reference = n
		}
		l.mpd.names[t.ID] = out.Track
		l.mpd.tracks = append(l.mpd.tracks, *t)
		l.Renditions = append(l.Renditions, out)
	}
	if l.Reference < 0 {
		return nil, fmt.Errorf("%w: the MPD has neither picture nor sound", manifests.ErrUnusable)
	}
	l.identify()
	return l, nil
}

// trackContent is what the MPD says of rendition n.
func (s *Service) trackContent(ctx context.Context, l *layout, n int) (profile.Content, samples, error) {
	d := &l.mpd.tracks[n]
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
	t, err := mpds.Template(ctx, s.opt.Manifests, l.mpd.template, dash.Options{}, nil, false)
	if err != nil {
		return c, nil, err
	}
	at, ok := trackIndex(t, d.ID)
	if !ok {
		return c, nil, errors.New("the MPD does not have the Representation any more")
	}
	x := trackSamples{longest: t.At(s.opt.Now().UnixMicro()).TargetDuration, protected: d.Protected}
	first, segment := t.Sample(at, s.opt.Now().UnixMicro())
	x.first, x.segment = manifest.Resource(first), manifest.Resource(segment)
	if x.segment.URI == "" {
		return c, nil, errNoSample
	}
	if c.Kind == profile.TextKind {
		if c.Sample, err = s.sample(ctx, x.first); err != nil {
			s.opt.Log.Warn("the format of subtitles is taken from codecs because their initialization section can't be read", "layout", l.ID, "url", x.first.URI, "err", err)
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
