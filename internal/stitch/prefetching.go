package stitch

import (
	"math"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/prefetches"
	"stitcher/internal/stitch/records"
)

// Prefetching is a playback as package prefetches sees it. Its methods are called without the lock.
type Prefetching struct{ Of *Playback }

// Playback is the session.
func (p Prefetching) Playback() *playback.Session { return p.Of.Session }

// Prefetched are what was retrieved for its avails to come.
func (p Prefetching) Prefetched() *prefetches.Sets { return &p.Of.known.Prefetches }

// Owner has its records.
func (p Prefetching) Owner() string { return records.SessionOwner(p.Of.ID) }

// TTL is how long they are kept.
func (p Prefetching) TTL() time.Duration { return p.Of.Lifetime() }

// Upcoming is the index of the avail that comes next, as far as is known.
func (p Prefetching) Upcoming() int {
	p.Of.Lock()
	defer p.Of.Unlock()
	return p.Of.Index(avail.Key{Epoch: math.MaxInt})
}
