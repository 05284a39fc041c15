package service

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

// arrivals count new sessions against Rates.
type arrivals struct {
	addresses, configurations *bucket.Table[string]
}

func newArrivals(r Rates) arrivals {
	return arrivals{
		addresses:      bucket.New[string](r.Address, r.Address*burstTime, maxAddresses),
		configurations: bucket.New[string](r.Configuration, r.Configuration*burstTime, maxCounted),
	}
}

// admit refuses a session that is one too many. Sessions of an address that has too
// many do not count for their configuration, or one client could use up its rate.
func (s *Service) admit(r *StartRequest) error {
	now := s.opt.Now()
	if r.Client != "" {
		if wait := s.arrivals.addresses.Take(r.Client, now); wait > 0 {
			return s.refuse("address", "too many sessions were started from this address", wait)
		}
	}
	if wait := s.arrivals.configurations.Take(r.Configuration, now); wait > 0 {
		return s.refuse("configuration", "too many sessions were started of this playback configuration", wait)
	}
	return nil
}

func (s *Service) refuse(cause, public string, wait time.Duration) error {
	s.opt.Metrics.refused.WithLabelValues(cause).Inc()
	return &Error{Status: 429, Type: "ThrottlingException", Public: public, RetryAfter: wait}
}
