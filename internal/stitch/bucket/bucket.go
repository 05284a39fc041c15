// Package bucket bounds a rate of events for each of many keys: token buckets in a
// table that is itself bounded, because the keys come from clients.
package bucket

import (
	"sync"
	"time"
)

// Table has a token bucket for each key. A bucket begins full. It is safe for use by
// many goroutines; the zero Table and nil take everything.
type Table[K comparable] struct {
	// each is the time in which a bucket gets one token, fill that in which an empty
	// one is full.
	each, fill time.Duration
	keys       int

	mu sync.Mutex
	// young and old say when each bucket is full again, in Unix nanoseconds. What was
	// used since turned is in young. When fill has passed, or young has half of the
	// keys, young becomes old and old is dropped: in the first case it holds full
	// buckets alone, which is what a key that is not there has.
	young, old map[K]int64
	turned     time.Time
}

// New makes a table of buckets that get rate tokens per second and hold burst. It
// knows about as many keys at once; where more come, the least recently used begin
// again with a full bucket. A rate of 0 takes everything.
func New[K comparable](rate, burst, keys int) *Table[K] {
	if rate <= 0 {
		return nil
	}
	each := time.Second / time.Duration(rate)
	return &Table[K]{each: each, fill: each * time.Duration(max(burst, 1)), keys: keys}
}

// Take takes a token from the bucket of key. Where there is none it says how long it
// takes until there is one; the time is more than 0.
func (t *Table[K]) Take(key K, now time.Time) (wait time.Duration) {
	if t == nil || t.each == 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	at, found := t.young[key]
	if !found {
		at = t.old[key]
	}
	// A clock that was set back must not keep a bucket empty for longer than it
	// takes to fill.
	full := min(max(at, now.UnixNano()), now.Add(t.fill).UnixNano())
	if after := full + int64(t.each); after <= now.Add(t.fill).UnixNano() {
		full = after
	} else {
		wait = time.Duration(after - now.Add(t.fill).UnixNano())
	}
	t.young[key] = full
	return wait
}

// Len is how many keys the table knows.
func (t *Table[K]) Len() int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.young) + len(t.old)
}

// turn drops the buckets that were not used for long.
func (t *Table[K]) turn(now time.Time) {
	since := now.Sub(t.turned)
	if t.young != nil && since >= 0 && since < t.fill && len(t.young) < max(t.keys/2, 1) {
		return
	}
	t.old, t.young, t.turned = t.young, make(map[K]int64), now
}
