package redis_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	"stitcher/internal/store/storetest"
	"stitcher/internal/store/storetest/facts"
	"stitcher/internal/store/storetest/harness"
)

// prefixes makes the keys of each case its own, so that all use one server.
var prefixes atomic.Int64

// data starts a case with no keys, on a server that is there.
func data[S any](url string, as func(*redis.Store) S) func(*testing.T) func(*testing.T, *harness.Clock) S {
	return func(t *testing.T) func(*testing.T, *harness.Clock) S {
		sep := "?"
		if strings.Contains(url, "?") {
			sep = "&"
		}
		address := fmt.Sprintf("%s%sprefix=t%d:&timeout=30s", url, sep, prefixes.Add(1))
		return func(t *testing.T, clock *harness.Clock) S {
			t.Helper()
			s, err := redis.Open(address, redis.Options{Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			return as(s)
		}
	}
}

// conform runs the suites of all contracts.
func conform(t *testing.T, url string) {
	t.Run("facts", func(t *testing.T) {
		facts.Run(t, data(url, func(s *redis.Store) facts.Store { return s }))
	})
	t.Run("documents", func(t *testing.T) {
		storetest.RunDocuments(t, data(url, func(s *redis.Store) storetest.Documents { return s }))
	})
	t.Run("leases", func(t *testing.T) {
		storetest.RunLeases(t, data(url, func(s *redis.Store) storetest.Leases { return s }))
	})
	t.Run("outbox", func(t *testing.T) {
		storetest.RunOutbox(t, data(url, func(s *redis.Store) storetest.Outbox { return s }))
	})
	t.Run("finder", func(t *testing.T) {
		storetest.RunFinder(t, data(url, func(s *redis.Store) storetest.Finder { return s }))
	})
	t.Run("rollups", func(t *testing.T) {
		storetest.RunRollups(t, data(url, func(s *redis.Store) storetest.Rollups { return s }))
	})
}

func TestServer(t *testing.T) { conform(t, redistest.Start(t).URL()) }

func TestCluster(t *testing.T) { conform(t, redistest.StartCluster(t, 3).URL()) }

// TestSentinel: the suite holds behind Sentinels, before a failover and after it.
func TestSentinel(t *testing.T) {
	x := redistest.StartSentinel(t, "")
	conform(t, x.URL())
}
