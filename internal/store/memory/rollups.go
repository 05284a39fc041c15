package memory

import (
	"context"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Rollups implements store.Rollups; it forgets nothing. It is safe for use by many
// goroutines. Facts and an Outbox add to it.
type Rollups struct {
	mu     sync.Mutex
	sums   map[sumKey]int64
	groups map[int64]map[string]bool
}

var _ store.Rollups = (*Rollups)(nil)

type sumKey struct {
	step           time.Duration
	at             int64 // Unix seconds
	group, measure string
}

// NewRollups makes empty roll-ups.
func NewRollups() *Rollups {
	return &Rollups{sums: map[sumKey]int64{}, groups: map[int64]map[string]bool{}}
}

// add adds increments; nil roll-ups drop them.
func (r *Rollups) add(adds ...avail.Add) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range adds {
		at, hour := time.UnixMicro(a.At), time.UnixMicro(a.At).Truncate(time.Hour).Unix()
		if r.groups[hour] == nil {
			r.groups[hour] = map[string]bool{}
		}
		group := a.Group
		if known := r.groups[hour]; !known[group] {
			if len(known) >= store.MaxGroups {
				group = a.Other
			}
			known[group] = true
		}
		for _, step := range []time.Duration{time.Minute, time.Hour} {
			r.sums[sumKey{step, at.Truncate(step).Unix(), group, a.Measure}] += a.N
		}
	}
}

// Sums implements store.Rollups.
func (r *Rollups) Sums(_ context.Context, step time.Duration, from, to time.Time) ([]store.Sum, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	type key struct{ group, measure string }
	sums := map[key]int64{}
	for k, n := range r.sums {
		if k.step == step && k.at >= from.Truncate(step).Unix() && k.at < to.Truncate(step).Unix() {
			sums[key{k.group, k.measure}] += n
		}
	}
	var list []store.Sum
	for k, n := range sums {
		list = append(list, store.Sum{Group: k.group, Measure: k.measure, N: n})
	}
	return list, nil
}
