package sqlite

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// TestFull: the store says that it is full, takes writes all the same, knows it after
// a start, and has room again once what has expired is removed.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const limit = 1 << 20
		s, err := Open(dir, Options{MaxBytes: limit, SweepEvery: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		value := make([]byte, 10<<10)
		write := func(i int) {
			t.Helper()
			if _, err := s.Create(t.Context(), fmt.Sprint("session/", i), time.Minute, avail.Fact{Key: "k", Value: value}); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for ; s.Full() == nil; n++ {
			if n > 2*limit/len(value) {
				t.Fatalf("%d bytes are written, and the store is not full", n*len(value))
			}
			write(n)
		}
		if n*len(value) < limit/2 || !errors.Is(s.Full(), ErrFull) {
			t.Errorf("after %d bytes: %v", n*len(value), s.Full())
		}
		write(n)
		if got, err := s.Get(t.Context(), fmt.Sprint("session/", n), "k"); err != nil || len(got[0].Value) != len(value) {
			t.Errorf("a write to a full store: %d bytes, %v", len(got[0].Value), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(dir, Options{MaxBytes: limit, SweepEvery: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if s.Full() == nil {
			t.Error("after a start the store is not full")
		}
		time.Sleep(store.Remains + 3*time.Minute)
		synctest.Wait()
		if err := s.Full(); err != nil {
			t.Errorf("after everything has expired: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
