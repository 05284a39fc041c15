package imported

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/transcodecache/mpd"
	"stitcher/internal/transcodecache/profile"
)

// soundGroup is the audio group of a creative's MPD, which has one for all of its sound.
const soundGroup = "sound"

// openMPD reads a creative's MPD: its Representations are candidates as the renditions of
// a multivariant playlist are.
func (im *importer) openMPD(src []byte, base *url.URL) error {
	p, err := mpd.Read(src, base)
	if err != nil {
		return refuseMPD(err)
	}
	if n := len(p.Representations); n > profile.MaxRenditions {
		return refuse(avail.CreativeUnfetchable, "its MPD has %d Representations, and %d are the most", n, profile.MaxRenditions)
	}
	im.presentation, im.base, im.renditions = p, base, &ladder{}
	for i := range p.Representations {
		im.renditions.renditions = append(im.renditions.renditions, renditionOf(&p.Representations[i], i))
	}
	return nil
}

// renditionOf is what a Representation offers, in the terms of a multivariant playlist.
func renditionOf(r *mpd.Representation, index int) multivariant.Rendition {
	out := multivariant.Rendition{
		URI: strconv.Itoa(index), Codecs: r.Codecs, Bandwidth: r.Bandwidth, Width: int(r.Width), Height: int(r.Height),
		Default: r.Main, Channels: r.Channels,
	}
	if r.Kind == mpd.Audio {
		out.Kind, out.Group = multivariant.Audio, soundGroup
		return out
	}
	out.Kind, out.Variant = multivariant.Video, true
	if rate := profile.ParseRate(r.FrameRate); rate.Den > 0 {
		out.FrameRate = float64(rate.Num) / float64(rate.Den)
	}
	if claim(r.Codecs).Audio == nil {
		out.AudioGroup = soundGroup
	}
	return out
}

// refuseMPD is the refusal of what is wrong with an MPD.
func refuseMPD(err error) error {
	switch {
	case errors.Is(err, mpd.ErrShape):
		return &Refusal{avail.ContainerMismatch, err}
	case errors.Is(err, mpd.ErrUnreadable):
		return &Refusal{avail.CreativeUnfetchable, err}
	}
	return err
}

// representation reads the Representation of an index.
func (im *importer) representation(ctx context.Context, index string) (*track, error) {
	i, err := strconv.Atoi(index)
	if err != nil {
		return nil, err
	}
	r := &im.presentation.Representations[i]
	t, err := im.readRepresentation(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("the Representation %s: %w", r.ID, refuseMPD(err))
	}
	return t, nil
}

func (im *importer) readRepresentation(ctx context.Context, r *mpd.Representation) (*track, error) {
	s, err := r.Segments()
	if err == nil && s.Index != nil {
		s, err = im.cut(ctx, s.Index)
	}
	if err != nil {
		return nil, err
	}
	if s.Init == nil {
		return nil, refuse(avail.ContainerMismatch, "it has no initialization section")
	}
	t := &track{container: profile.FMP4, begin: s.List[0].Start, loose: r.Kind == mpd.Audio}
	init, err := im.piece(s.Init)
	if err != nil {
		return nil, err
	}
	t.init = &init
	for n := range s.List {
		if err := checkLength(s.List[n].Duration, im.profile.Segment); err != nil {
			return nil, fmt.Errorf("segment %d: %w", n, err)
		}
		p, err := im.piece(&s.List[n])
		if err != nil {
			return nil, fmt.Errorf("segment %d: %w", n, err)
		}
		t.segments = append(t.segments, p)
	}
	return t, nil
}

// cut fetches a file that has an index of its segments.
func (im *importer) cut(ctx context.Context, x *mpd.Index) (*mpd.Segments, error) {
	address, err := sibling(im.base, x.URL)
	if err != nil {
		return nil, &Refusal{avail.CreativeUnfetchable, err}
	}
	name, err := im.in.file(ctx, address)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(im.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return x.Cut(f)
}

// piece is a part of the creative, on the server that its MPD came from.
func (im *importer) piece(p *mpd.Piece) (piece, error) {
	address, err := sibling(im.base, p.URL)
	if err != nil {
		return piece{}, &Refusal{avail.CreativeUnfetchable, err}
	}
	out := piece{url: address, duration: p.Duration}
	if !p.Whole {
		out.part = &listing.Range{Offset: p.Offset, Length: p.Length}
	}
	return out, nil
}
