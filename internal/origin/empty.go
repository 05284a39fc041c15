package origin

import (
	"context"
	"errors"
)

// ErrEmpty says that a playlist has no segments, and that none with segments is
// known: a channel that has yet to begin, or one with nothing but low-latency parts.
// RFC 8216bis forbids neither.
var ErrEmpty = errors.New("the playlist has no segments yet")

// Listed says whether the ledger knows of a segment of a rendition.
func (s *Stream) Listed(ctx context.Context, rendition string) bool {
	s.mu.RLock()
	tr := s.tracks[rendition]
	s.mu.RUnlock()
	if tr != nil {
		return true
	}
	rank, _, err := s.facts.Advance(ctx, s.owner, "tail/"+rendition, 0, nil)
	return rank > 0 || err != nil
}
