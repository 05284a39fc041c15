package stitch

import (
	"math"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/records"
)

// The records of a session refer to entries of the ledger: avails, boundaries, epochs. Each
// write of records therefore names the revision of the ledger that its node knew. A node
// that reads the records and knows the ledger up to there need not read the ledger again.

// refersToHeld stands with records of which the entries that they refer to are held, because
// the store is or was away, and have no revision yet. A node that reads such records reads the
// ledger each time.
var refersToHeld = avail.Fact{Key: records.RefersKey, Rank: math.MaxInt64}

// referring is a record with what it refers to, unless the records before refer to as much.
// The record is last, so that its revision is the owner's.
func (s *Playback) referring(record avail.Fact) []avail.Fact {
	if !s.env.Shared || s.Stream == nil {
		return []avail.Fact{record}
	}
	to := avail.Fact{Key: records.RefersKey, Rank: s.Stream.Revision()}
	if s.Stream.Held() {
		to = refersToHeld
	}
	if to.Rank <= s.known.Refers {
		return []avail.Fact{record}
	}
	return []avail.Fact{to, record}
}

// followed is whether this node knows the ledger as far as the records refer to it.
func (s *Playback) followed() bool {
	return s.known.Refers > 0 && s.Stream.ReadUpTo() >= s.known.Refers
}
