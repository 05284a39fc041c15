// Package admission bounds the new sessions of a node, and finds the session of a player that asks for its first URL again.
package admission

import (
	"time"

	"stitcher/internal/stitch/bucket"
)

// Rates bound the new sessions per second on this node, so that one client or one
// playback configuration does not use up what all need. burstTime as many may come at
// once: viewers come together when an event begins. 0 is no bound.
type Rates struct {
	// Address is the rate of one client network. Many viewers may be behind one
	// address (NAT).
	Address int
	// Configuration is the rate of one playback configuration.
	Configuration int
}

const (
	// burstTime is for how many seconds' sessions may begin at once.
	burstTime = 60
	// maxAddresses bounds the addresses that are counted at a time: 64 bytes each.
	maxAddresses = 1 << 17
	// maxCounted bounds the configurations that are counted at a time.
	maxCounted = 1 << 14
)

// Arrivals count new sessions against Rates.
type Arrivals struct {
	addresses, configurations *bucket.Table[string]
}

// NewArrivals counts against these rates.
func NewArrivals(r Rates) Arrivals {
	return Arrivals{
		addresses:      bucket.New[string](r.Address, r.Address*burstTime, maxAddresses),
		configurations: bucket.New[string](r.Configuration, r.Configuration*burstTime, maxCounted),
	}
}

// Cause says of what there are too many sessions.
type Cause string

// The causes.
const (
	ByAddress       Cause = "address"
	ByConfiguration Cause = "configuration"
)

// Take counts a session of a client network and of a playback configuration; "" as the network
// counts for none. Where it is one too many, wait is when the next may begin. Sessions of an
// address that has too many do not count for their configuration, or one client could use up its
// rate.
func (a *Arrivals) Take(client, configuration string, now time.Time) (c Cause, wait time.Duration) {
	if client != "" {
		if wait := a.addresses.Take(client, now); wait > 0 {
			return ByAddress, wait
		}
	}
	return ByConfiguration, a.configurations.Take(configuration, now)
}
