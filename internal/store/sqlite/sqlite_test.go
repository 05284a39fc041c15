package sqlite_test

import (
	"testing"
	"time"

	"stitcher/internal/store/sqlite"
	"stitcher/internal/store/storetest"
)

var _ storetest.Store = (*sqlite.Store)(nil)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Open {
		dir := t.TempDir()
		return func(t *testing.T, clock *storetest.Clock) storetest.Store {
			s, err := sqlite.Open(dir, sqlite.Options{Now: clock.Now, Patience: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}
