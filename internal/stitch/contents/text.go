package contents

import (
	"context"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/transcodecache/profile"
)

// text describes a subtitle rendition by its initialization section alone: its
// segments tell nothing that ads need.
//
// A fault of the origin is no error here, because subtitles must not keep the
// ads from the other renditions. Without the playlist WebVTT is assumed, which is
// what nearly all subtitles are; without the initialization section CODECS
// decides. Where that is wrong, the segments of ads are gaps in this rendition
// (hls.Template.Append), and nothing of one container is listed as another.
func (s *Sampler) text(ctx context.Context, l *layouts.Layout, n int, c profile.Content) profile.Content {
	r := &l.Renditions[n]
	c.Kind, c.Container, c.Codecs = profile.TextKind, profile.WebVTT, textCodecs(l.Multivariant, n)
	t, err := playlists.Media(ctx, s.manifests, r.URL, hls.Options{Variables: l.Multivariant.Variables}, false)
	if err != nil {
		s.log.Warn("subtitles are treated as WebVTT because their playlist can't be read", "layout", l.ID, "url", r.URL, "err", err)
		return c
	}
	last := len(t.Segments) - 1
	if last < 0 {
		return c
	}
	init := t.Init(last)
	if init.URI == "" {
		return c
	}
	c.Container, c.Encrypted = profile.FMP4, t.EncryptedAt(last)
	if c.Sample, err = s.sample(ctx, init); err != nil {
		s.log.Warn("the format of subtitles is taken from CODECS because their initialization section can't be read", "layout", l.ID, "url", init.URI, "err", err)
	}
	return c
}
