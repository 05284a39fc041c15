package service

import (
	"context"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/playlists"
)

// sessionSources are the renditions of a session.
type sessionSources struct {
	*Service
	x *viewing
}

func (s sessionSources) Moved(n int) {
	s.opt.Log.Info("another rendition takes the place of the reference", "session", s.x.ID, "rendition", n)
}

func (s sessionSources) Now() time.Time { return s.opt.Now() }

func (s sessionSources) Fetch(ctx context.Context, n int) error {
	_, err := playlists.Media(ctx, s.opt.Manifests, s.x.Layout.Renditions[n].URL, s.x.options, false)
	return err
}

func (s sessionSources) Failing(n int) error {
	return s.opt.Manifests.Failing(s.x.Layout.Renditions[n].URL)
}

func (s sessionSources) Published(ctx context.Context, n int) (*origin.View, error) {
	return s.publishedPlaylist(ctx, s.x, s.x.Layout.Renditions[n])
}

func (s sessionSources) View(ctx context.Context, n int) (*origin.View, error) {
	return s.playlistView(ctx, s.x, n)
}
