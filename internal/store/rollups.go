package store

import (
	"context"
	"time"

	"stitcher/internal/avail"
)

// MinutesKept is how long the sums of minutes are kept. Those of hours are kept for as
// long as the operator wants.
const MinutesKept = 7 * 24 * time.Hour

// MaxGroups is how many groups an hour has. What belongs to a further one is added
// to avail.Add.Other, so that sums still agree.
const MaxGroups = 20_000

// Rollups reads the sums of avail.Add. They are written with what proves them: with
// a fact that is new (Facts), or with the outcome of a trigger (Outbox.Settle).
type Rollups interface {
	// Sums are those of a time range, from which is included to which is
	// not, of whole steps: time.Minute or time.Hour. Both times are cut to the step. There
	// MUST be one sum for each group and measure that has any, in no order.
	Sums(ctx context.Context, step time.Duration, from, to time.Time) ([]Sum, error)
}

// Sum is the sum of a measure in a group.
type Sum struct {
	Group, Measure string
	N              int64
}

// EventAdd is an increment that counts if an event of a trigger is sent by the
// settlement that it is part of, and was not before.
type EventAdd struct {
	Event avail.Events
	avail.Add
}
