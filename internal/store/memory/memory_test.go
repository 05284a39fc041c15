package memory_test

import (
	"testing"

	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/storetest"
	"stitcher/internal/store/storetest/facts"
	"stitcher/internal/store/storetest/harness"
)

// kept is what outlives its closing, as the data of a server do.
type kept struct {
	store.Facts
	store.Documents
	store.Leases
	store.Outbox
	store.Rollups
	store.Finder
}

func (kept) Close() error { return nil }

func begin[S any](as func(kept) S) func(*testing.T) func(*testing.T, *harness.Clock) S {
	return func(*testing.T) func(*testing.T, *harness.Clock) S {
		var k kept
		return func(_ *testing.T, clock *harness.Clock) S {
			if k.Facts == nil {
				now := clock.Now
				facts, outbox, rollups := memory.NewFacts(now), memory.NewOutbox(now), memory.NewRollups()
				facts.Rollups, outbox.Rollups = rollups, rollups
				k = kept{facts, new(memory.Documents), memory.NewLeases(now), outbox, rollups, facts}
			}
			return as(k)
		}
	}
}

func TestFacts(t *testing.T) {
	facts.Run(t, begin(func(k kept) facts.Store { return k }))
}

func TestDocuments(t *testing.T) {
	storetest.RunDocuments(t, begin(func(k kept) storetest.Documents { return k }))
}

func TestLeases(t *testing.T) {
	storetest.RunLeases(t, begin(func(k kept) storetest.Leases { return k }))
}

func TestOutbox(t *testing.T) {
	storetest.RunOutbox(t, begin(func(k kept) storetest.Outbox { return k }))
}

func TestRollups(t *testing.T) {
	storetest.RunRollups(t, begin(func(k kept) storetest.Rollups { return k }))
}

func TestFinder(t *testing.T) {
	storetest.RunFinder(t, begin(func(k kept) storetest.Finder { return k }))
}
