package records

import (
	"strings"
	"time"

	"stitcher/internal/avail"
)

// The keys of a session's records that are not of one avail.
const (
	// SessionKey has the playback.Session.
	SessionKey = "session"
	// FoldKey has the Fold.
	FoldKey = "fold"
	// ZeroKey has the stream time at which a session's presentation begins: that of the first
	// segment in its first answer.
	ZeroKey = "zero"
	// RefersKey has, as its rank, the highest revision of the ledger that the records refer
	// to; there is no value.
	RefersKey = "ledger"
)

const (
	// TTL is how long the records of decisions are kept: as long as the session's own records
	// can be recalled, and the time of the longest window.
	TTL = 2 * time.Hour
	// WriteTimeout bounds a write that no request waits for.
	WriteTimeout = 5 * time.Second
)

// SessionOwner has the records of a session.
func SessionOwner(id string) string { return "session/" + id }

// DecisionsOwner has, of each avail of a session, how its decision came about, as Packer packs it.
func DecisionsOwner(id string) string { return "record/" + id }

// OverlayOwner has, of the overlay avails of a session, the node that asks the ad server
// under "asking/AVAIL", the decision under "decision/AVAIL", and how it came about under
// "record/AVAIL".
func OverlayOwner(id string) string { return "overlay/" + id }

// AvailOf is the avail that a record of a session is of; false is that it is of none.
func AvailOf(key string) (avail.Key, bool) {
	_, name, ok := strings.Cut(key, "/")
	name, _, _ = strings.Cut(name, "/")
	if !ok || strings.HasPrefix(key, "prefetch") {
		return avail.Key{}, false
	}
	k, err := avail.ParseKey(name)
	return k, err == nil
}
