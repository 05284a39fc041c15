package service

import (
	"time"

	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/service/sessions"
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
	playlists := 0
	// A second stream over the same ledger would be another node's, which it is not.
	streams := s.streams.flight.Sweep(func(x *ledger.Stream) bool { return played[x] })
	for _, x := range streams {
		playlists += x.Rest(now, idleEvery)
	}
	s.layouts.Sweep()
	s.profiles.Free(now.Add(-stitch.MostTTL))
	s.opt.Metrics.streams.Set(float64(len(streams)))
	s.opt.Metrics.playlists.Set(float64(playlists))
}

// maxTimes is how many bytes the times of playlists may take that viewers' queries tell
// apart: without dates in the playlist, those of a live channel differ by query.
const maxTimes = 64 << 20

// relieve makes streams drop their unused playlists if the segment times of all streams take
// more than most bytes. How many new ones there can be is bounded by the rates of sessions.
func (s *Service) relieve(now time.Time, most int64) {
	if s.streams.opt.Times.Bytes() <= most {
		return
	}
	for _, x := range s.streams.flight.All() {
		x.Rest(now, sessions.InUse)
	}
}
