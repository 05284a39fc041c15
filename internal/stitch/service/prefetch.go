package service

import (
	"context"

	"stitcher/internal/ads"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/prefetches"
)

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
func (s *Service) prefetch(x *viewing) {
	if x.Unstored || x.Outages.LostFor(s.opt.Now()) > 0 {
		return // in an outage another node may have begun them
	}
	s.prefetcher.Begin(stitch.Prefetching{Of: x.Playback})
}

// left ends what a session has begun that its viewer asks for no more.
func (s *Service) left(x *viewing) {
	if x.recorded != nil {
		s.opt.Recorder.Leave(x.recorded)
	}
	s.prefetcher.Left(stitch.Prefetching{Of: x.Playback})
}
