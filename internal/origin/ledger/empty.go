package ledger

import "errors"

// ErrEmpty says that a playlist has no segments and that no earlier one with segments is
// known: the channel has not begun, or has only low-latency parts. RFC 8216bis allows both.
var ErrEmpty = errors.New("the playlist has no segments yet")

// Listed says whether a segment of a rendition was ever listed, by any node.
func (s *Stream) Listed(rendition string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.tails[rendition]
	return ok
}
