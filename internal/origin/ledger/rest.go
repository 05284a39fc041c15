package ledger

import (
	"time"
)

// Rest drops the playlists that the stream keeps, if none was asked for since idle before
// now: a view keeps its playlist in memory, and whoever makes new URLs makes new streams.
// The ledger has all that matters, as after a restart. It answers how many playlists the
// stream keeps.
func (s *Stream) Rest(now time.Time, idle time.Duration) int {
	if now.Sub(time.UnixMicro(s.asked.Load())) >= idle && s.placing.TryLock() {
		defer s.placing.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		clear(s.tracks)
		clear(s.finals)
		return 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := len(s.finals)
	for _, tr := range s.tracks {
		n += len(tr.views)
	}
	return n
}
