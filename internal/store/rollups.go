package store

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/store/rollup"
)

// Rollups reads the sums of avail.Add. They are written with what proves them: with
// a fact that is new (Facts), or with the outcome of a trigger (Outbox.Settle).
type Rollups interface {
	// Blocks calls do with blocks whose rows add up to all that was added in the range
	// of w, each increment once. A block MUST NOT stand across a bound of w, unless it
	// is of minutes: then no minute does, and those outside of the range are the
	// caller's to leave out. Blocks come in no order. Sums of minutes MUST be kept for
	// rollup.MinutesKept, sums of hours for the retention of the store.
	Blocks(ctx context.Context, w *rollup.Want, do func(*rollup.Block) error) error
}

// EventAdd is an increment that counts if an event of a trigger is sent by the
// settlement that it is part of, and was not before.
type EventAdd struct {
	Event avail.Events
	avail.Add
}
