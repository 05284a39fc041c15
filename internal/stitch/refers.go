package stitch

import (
	"math"

	"stitcher/internal/avail"
)

// The records of a session refer to entries of the ledger: avails, boundaries, epochs. Each
// write of records therefore names the revision of the ledger that its node knew. A node
// that reads the records and knows the ledger up to there need not read the ledger again.

// refersKey is the key, among a session's records, of the highest revision of the ledger that
// they refer to. The revision is the fact's rank; there is no value.
const refersKey = "ledger"

// refersToHeld stands with records of which the entries that they refer to are held, because
// the store is or was away, and have no revision yet. A node that reads such records reads the
// ledger each time.
var refersToHeld = avail.Fact{Key: refersKey, Rank: math.MaxInt64}

// referring is a record with what it refers to, unless the records before refer to as much.
// The record is last, so that its revision is the owner's.
func (s *session) referring(record avail.Fact) []avail.Fact {
	if !s.shared || s.stream == nil {
		return []avail.Fact{record}
	}
	to := avail.Fact{Key: refersKey, Rank: s.stream.Revision()}
	if s.stream.Held() {
		to = refersToHeld
	}
	if to.Rank <= s.refers {
		return []avail.Fact{record}
	}
	return []avail.Fact{to, record}
}

// followed is whether this node knows the ledger as far as the records refer to it.
func (s *session) followed() bool { return s.refers > 0 && s.stream.ReadUpTo() >= s.refers }
