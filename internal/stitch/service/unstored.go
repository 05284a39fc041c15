package service

import (
	"context"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store"
)

// A session that begins while the store has no room is content: its manifests are made
// like those of others, its avails are left to content (avail.StoreFull), and nothing
// of it is stored, nor of a stream that only such sessions play. So it ends with its process, or when it gives way in memory; the
// player is told 404 then and starts again. It does not become another kind of session
// when the store has room again, because what was shown must not change.

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

// unstored implements store.Facts and keeps nothing, because only the session that writes
// to it needs the facts, and it has them.
type unstored struct{}

// Create implements store.Facts.
func (unstored) Create(_ context.Context, _ string, _ time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	return slices.Clone(facts), nil
}

// Append implements store.Facts.
func (unstored) Append(_ context.Context, _ string, _ time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	stored := slices.Clone(facts)
	for i := range stored {
		rev++
		stored[i].Rev = rev
	}
	return store.Appended{Written: true, Facts: stored, Rev: rev}, nil
}

// Since implements store.Facts.
func (unstored) Since(_ context.Context, _ string, rev int64) ([]avail.Fact, int64, error) {
	return nil, rev, nil
}

// Get implements store.Facts.
func (unstored) Get(_ context.Context, _ string, keys ...string) ([]avail.Fact, error) {
	return make([]avail.Fact, len(keys)), nil
}

// Drop implements store.Facts.
func (unstored) Drop(context.Context, string, ...string) error { return nil }

// Touch implements store.Facts.
func (unstored) Touch(context.Context, time.Duration, ...string) error { return nil }

// Expires implements store.Facts.
func (unstored) Expires(context.Context, string) (time.Time, error) { return time.Time{}, nil }

// Recall implements store.Facts.
func (unstored) Recall(context.Context, string) ([]avail.Fact, error) { return nil, nil }
