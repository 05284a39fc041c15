package service

import (
	"time"

	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch"
)

// idleEvery is how often memory is freed of what was not used again: streams, layouts
// and content profiles that no session in memory has, and the playlists that streams keep.
// Each goes between one and two such times after its last use.
const idleEvery = 5 * time.Minute

// free drops what was not used for idleEvery.
func (s *Service) free(now time.Time) {
	played := map[*ledger.Stream]bool{}
	for x := range s.sessions.All() {
		played[x.Stream] = true
	}
	streams, playlists := s.streams.Free(now, idleEvery, played)
	s.layouts.Sweep()
	s.profiles.Free(now.Add(-stitch.MostTTL))
	s.opt.Metrics.streams.Set(float64(streams))
	s.opt.Metrics.playlists.Set(float64(playlists))
}
