package spool_test

import (
	"context"
	"errors"
	"testing"

	"stitcher/internal/store/spool"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/store/storetest"
	"stitcher/internal/store/storetest/facts"
	"stitcher/internal/store/storetest/harness"
)

// whole is a spool with the store that it decorates.
type whole struct {
	*spool.Spool
	store *sqlite.Store
}

func (w whole) Close() error {
	return errors.Join(w.Spool.Close(context.Background()), w.store.Close())
}

func begin[S any](as func(whole) S) func(*testing.T) func(*testing.T, *harness.Clock) S {
	return func(t *testing.T) func(*testing.T, *harness.Clock) S {
		dir := t.TempDir()
		return func(t *testing.T, clock *harness.Clock) S {
			s, err := sqlite.Open(dir, sqlite.Options{Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			return as(whole{spool.New(s, spool.Options{Patience: patient, Now: clock.Now}), s})
		}
	}
}

// TestFacts: a store that takes its writes is the same with a spool.
func TestFacts(t *testing.T) {
	facts.Run(t, begin(func(w whole) facts.Store { return w }))
}

func TestOutbox(t *testing.T) {
	storetest.RunOutbox(t, begin(func(w whole) storetest.Outbox { return w }))
}
