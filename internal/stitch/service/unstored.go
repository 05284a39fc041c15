package service

import (
	"context"

	"stitcher/internal/playback"
)

// A session that begins while the store has no room is content: its manifests are made
// like those of others, its avails are left to content (avail.StoreFull), and nothing
// of it is stored, nor of a stream that only such sessions play. So it ends with its process, or
// when it gives way in memory; the player is told 404 then and starts again. It does not become
// another kind of session when the store has room again, because what was shown must not change.

// startUnstored begins such a session.
func (s *Service) startUnstored(ctx context.Context, x *playback.Session) (*playback.Session, error) {
	x.Unstored, x.PreRoll = true, false
	layout, err := s.layouts.Discover(ctx, x)
	if err != nil {
		return nil, s.fault(err, x)
	}
	x.Layout = layout.ID
	if _, err := s.open(ctx, x, nil, 0); err != nil {
		return nil, s.fault(err, x)
	}
	s.opt.Metrics.unstored.Inc()
	return x, nil
}
