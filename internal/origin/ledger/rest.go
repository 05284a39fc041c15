package ledger

import (
	"time"
)

// Rest drops the playlists that the stream keeps if none was requested for idle, because a
// view keeps its playlist in memory and each new URL of a client makes a new stream. The
// stream continues from the ledger, as after a restart. It returns how many playlists the
// stream keeps.
func (s *Stream) Rest(now time.Time, idle time.Duration) int {
	if now.Sub(time.UnixMicro(s.asked.Load())) >= idle && s.log.TryLock() {
		defer s.log.Unlock()
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
