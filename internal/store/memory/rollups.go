package memory

import (
	"context"
	"sync"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
)

// Rollups implements store.Rollups; it forgets nothing. It is safe for use by many
// goroutines. Facts and an Outbox add to it.
type Rollups struct {
	mu   sync.Mutex
	sums rollup.Deltas
}

var _ store.Rollups = (*Rollups)(nil)

// NewRollups makes empty roll-ups.
func NewRollups() *Rollups { return &Rollups{sums: rollup.Deltas{}} }

// add adds increments; nil roll-ups drop them.
func (r *Rollups) add(adds ...avail.Add) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sums.Add(adds...)
}

// Blocks implements store.Rollups.
func (r *Rollups) Blocks(_ context.Context, w *rollup.Want, do func(*rollup.Block) error) error {
	r.mu.Lock()
	blocks, err := r.sums.Blocks()
	r.mu.Unlock()
	for _, b := range blocks {
		if err == nil {
			err = do(b)
		}
	}
	return err
}
