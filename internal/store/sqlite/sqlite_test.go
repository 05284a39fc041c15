package sqlite_test

import (
	"testing"

	"stitcher/internal/store/sqlite"
	"stitcher/internal/store/storetest"
	"stitcher/internal/store/storetest/facts"
	"stitcher/internal/store/storetest/harness"
)

// data starts a test with an empty directory.
func data[S any](as func(*sqlite.Store) S) func(*testing.T) func(*testing.T, *harness.Clock) S {
	return func(t *testing.T) func(*testing.T, *harness.Clock) S {
		dir := t.TempDir()
		return func(t *testing.T, clock *harness.Clock) S {
			s, err := sqlite.Open(dir, sqlite.Options{Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			return as(s)
		}
	}
}

func TestFacts(t *testing.T) {
	facts.Run(t, data(func(s *sqlite.Store) facts.Store { return s }))
}

func TestOutbox(t *testing.T) {
	storetest.RunOutbox(t, data(func(s *sqlite.Store) storetest.Outbox { return s }))
}

func TestDocuments(t *testing.T) {
	storetest.RunDocuments(t, data(func(s *sqlite.Store) storetest.Documents { return s }))
}

func TestLeases(t *testing.T) {
	storetest.RunLeases(t, data(func(s *sqlite.Store) storetest.Leases { return s }))
}

func TestRollups(t *testing.T) {
	storetest.RunRollups(t, data(func(s *sqlite.Store) storetest.Rollups { return s }))
}

func TestFinder(t *testing.T) {
	storetest.RunFinder(t, data(func(s *sqlite.Store) storetest.Finder { return s }))
}
