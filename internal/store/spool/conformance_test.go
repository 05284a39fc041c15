package spool_test

import (
	"context"
	"errors"
	"testing"

	"stitcher/internal/store/spool"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/store/storetest"
)

// whole is a spool with the store that it decorates.
type whole struct {
	*spool.Spool
	store *sqlite.Store
}

func (w whole) Close() error {
	return errors.Join(w.Spool.Close(context.Background()), w.store.Close())
}

func begin[S any](as func(whole) S) func(*testing.T) func(*testing.T, *storetest.Clock) S {
	return func(t *testing.T) func(*testing.T, *storetest.Clock) S {
		dir := t.TempDir()
		return func(t *testing.T, clock *storetest.Clock) S {
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
	storetest.RunFacts(t, begin(func(w whole) storetest.Facts { return w }))
}

func TestOutbox(t *testing.T) {
	storetest.RunOutbox(t, begin(func(w whole) storetest.Outbox { return w }))
}
