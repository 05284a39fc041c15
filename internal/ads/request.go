package ads

import (
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// The defaults of Settings and Request, which are MediaTailor's.
const (
	defaultRequestTimeout = 3 * time.Second
	defaultBudget         = 10 * time.Second
	// DefaultDuration is what an avail without announced duration is asked
	// and filled for, in microseconds.
	DefaultDuration int64 = 300_000_000
)

// Request is one avail of one session to be decided.
type Request struct {
	Settings Settings
	Session  *playback.Session
	Avail    avail.Avail
	// Index is [avail.index].
	Index int
	// Available is how much can be filled, in microseconds: the avail's
	// duration less the session's drift. 0 is unknown: DefaultDuration.
	Available int64
	// Profile is what creatives have to be prepared for.
	Profile string
	// Start is the reference sequence number at which the pod begins.
	Start int64
}

// available is how much can be filled.
func (r *Request) available() int64 {
	if r.Available > 0 {
		return r.Available
	}
	return DefaultDuration
}
