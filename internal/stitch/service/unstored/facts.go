// Package unstored is a store of facts that keeps nothing.
package unstored

import (
	"context"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

var _ store.Facts = Facts{}

// Facts implements store.Facts and keeps nothing, because only the session that writes
// to it needs the facts, and it has them.
type Facts struct{}

// Create implements store.Facts.
func (Facts) Create(_ context.Context, _ string, _ time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	return slices.Clone(facts), nil
}

// Append implements store.Facts.
func (Facts) Append(_ context.Context, _ string, _ time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	stored := slices.Clone(facts)
	for i := range stored {
		rev++
		stored[i].Rev = rev
	}
	return store.Appended{Written: true, Facts: stored, Rev: rev}, nil
}

// Since implements store.Facts.
func (Facts) Since(_ context.Context, _ string, rev int64) ([]avail.Fact, int64, error) {
	return nil, rev, nil
}

// Get implements store.Facts.
func (Facts) Get(_ context.Context, _ string, keys ...string) ([]avail.Fact, error) {
	return make([]avail.Fact, len(keys)), nil
}

// Drop implements store.Facts.
func (Facts) Drop(context.Context, string, ...string) error { return nil }

// Touch implements store.Facts.
func (Facts) Touch(context.Context, time.Duration, ...string) error { return nil }

// Expires implements store.Facts.
func (Facts) Expires(context.Context, string) (time.Time, error) { return time.Time{}, nil }

// Recall implements store.Facts.
func (Facts) Recall(context.Context, string) ([]avail.Fact, error) { return nil, nil }
