package stitch

import (
	"context"
	"errors"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/transcodecache/profile"
)

// Profiles takes what contents are like, so that creatives can be made to equal
// them.
type Profiles interface {
	AddProfile(ctx context.Context, p profile.Profile) error
	// Alike is a known profile whose creatives serve a profile as well: one that
	// differs in bit rates by little. It is p itself where there is none.
	Alike(ctx context.Context, p profile.Profile) (profile.Profile, error)
	// Lookup asks for a creative; the first time it only queues it.
	Lookup(ctx context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason)
}

// prepare has a layout's profile derived, off the request path, so that the
// first avail finds it ready; and the slate and the bumpers with it.
func (s *Service) prepare(l *layout, clips []avail.Creative) {
	s.profiles.want(l, clips...)
}

// content is what the manifest says of rendition n.
func (s *Service) content(ctx context.Context, l *layout, n int) (profile.Content, samples, error) {
	if l.mpd != nil {
		return s.trackContent(ctx, l, n)
	}
	r := l.Renditions[n]
	c := l.multivariant.content(n)
	switch r.Kind {
	case origin.Subtitle:
		return s.text(ctx, l, n, c), nil, nil
	case origin.Audio:
		c.Kind = profile.AudioKind
	default:
		c.Kind = profile.VideoKind
	}
	t, err := playlists.Media(ctx, s.opt.Manifests, r.URL, hls.Options{Variables: l.multivariant.Variables}, false)
	if err != nil {
		return c, nil, err
	}
	if len(t.Segments) == 0 {
		return c, playlistSamples{t}, errors.New("the playlist has no segments")
	}
	c.Container, c.Encrypted = container(t), t.EncryptedAt(len(t.Segments)-1)
	return c, playlistSamples{t}, nil
}
