package stitch

import (
	"context"
	"math"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/prefetches"
)

// prefetchPause is how long a request waits where a set may fill a new avail:
// that takes a read of the store, and the playlist that first shows the avail can
// show its ads.
const prefetchPause = 100 * time.Millisecond

// newPrefetcher makes the prefetcher of a service.
func (s *Service) newPrefetcher(ctx context.Context) *prefetches.Prefetcher {
	return prefetches.New(ctx, prefetches.Options{
		Facts: s.opt.Facts, Schedules: s.opt.Schedules, Retriever: s.opt.Retriever, Configuration: s.configuration,
		Content: func(ctx context.Context, p *playback.Session) (ads.Content, error) {
			l, err := s.layoutOf(ctx, p)
			if err != nil {
				return nil, err
			}
			return s.profiles.ContentFor(l, 0), nil
		},
		Count:   func(outcome string) { s.opt.Metrics.prefetches.WithLabelValues(outcome).Inc() },
		OffPath: s.offPath, Now: s.opt.Now, Log: s.opt.Log,
	})
}

// prefetch begins the retrievals that are due for a session.
func (s *Service) prefetch(x *session) {
	if x.Unstored || x.lostFor(s.opt.Now()) > 0 {
		return // in an outage another node may have begun them
	}
	s.prefetcher.Begin(prefetching{x})
}

// prefetching is a session as package prefetches sees it.
type prefetching struct{ *session }

func (x prefetching) Playback() *playback.Session  { return x.Session }
func (x prefetching) Prefetched() *prefetches.Sets { return &x.prefetches }
func (x prefetching) Owner() string                { return sessionOwner(x.ID) }
func (x prefetching) TTL() time.Duration           { return x.lifetime() }

// Upcoming is the index of the avail that comes next, as far as is known.
func (x prefetching) Upcoming() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.index(avail.Key{Epoch: math.MaxInt})
}

// left ends what a session has begun that its viewer asks for no more.
func (s *Service) left(x *session) {
	if x.recorder != nil {
		x.recorder.leave(x)
	}
	s.prefetcher.Left(prefetching{x})
}
