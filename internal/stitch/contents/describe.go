package contents

import (
	"context"
	"errors"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/transcodecache/profile"
)

// describe is what the manifest says of rendition n.
func (s *Sampler) describe(ctx context.Context, l *layouts.Layout, n int) (profile.Content, samples, error) {
	if l.MPD != nil {
		return s.trackContent(ctx, l, n)
	}
	r := l.Renditions[n]
	c := declared(l.Multivariant, n)
	switch r.Kind {
	case origin.Subtitle:
		return s.text(ctx, l, n, c), nil, nil
	case origin.Audio:
		c.Kind = profile.AudioKind
	default:
		c.Kind = profile.VideoKind
	}
	t, err := playlists.Media(ctx, s.manifests, r.URL, hls.Options{Variables: l.Multivariant.Variables}, false)
	if err != nil {
		return c, nil, err
	}
	if len(t.Segments) == 0 {
		return c, playlistSamples{t}, errors.New("the playlist has no segments")
	}
	c.Container, c.Encrypted = container(t), t.EncryptedAt(len(t.Segments)-1)
	return c, playlistSamples{t}, nil
}
