package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/sqlite"
)

// backend is a store that implements every contract.
type backend interface {
	store.Facts
	store.Documents
	store.Outbox
	store.Leases
	store.Rollups
	Ping(ctx context.Context) error
	Close() error
}

var (
	_ portable = (*sqlite.Store)(nil)
	_ portable = (*redis.Store)(nil)
)

// state is the store that --store names, and the one in the data directory: the same
// where this is the only node. With a store that nodes share, the data directory keeps
// what is this node's: the index of its renditions, and the beacons that the shared
// store does not take.
type state struct {
	backend
	local *sqlite.Store
}

// openState opens the store of an address, which is sqlite or one of package redis.
func openState(address, dataDir string, retention time.Duration, maxBytes int64, reg prometheus.Registerer, log *slog.Logger) (*state, error) {
	local, err := sqlite.Open(dataDir, sqlite.Options{Retention: retention, MaxBytes: maxBytes, Metrics: sqlite.NewMetrics(reg), Log: log})
	if err != nil {
		return nil, err
	}
	if address == embedded {
		return &state{local, local}, nil
	}
	shared, err := redis.Open(address, redis.Options{Retention: retention, Metrics: redis.NewMetrics(reg), Log: log})
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return &state{shared, local}, nil
}

// embedded is the --store of one node.
const embedded = "sqlite"

// shared is whether other nodes work on the store.
func (s *state) shared() bool { return s.backend != backend(s.local) }

// full is an error while the store has no room for new sessions. A store that nodes
// share has its own limits.
func (s *state) full() error {
	if s.shared() {
		return nil
	}
	return s.local.Full()
}

// disk keeps beacons that a shared store does not take; nil where the store is on the
// disk itself.
func (s *state) disk() store.Outbox {
	if !s.shared() {
		return nil
	}
	return s.local
}

// Close closes both.
func (s *state) Close() error {
	if !s.shared() {
		return s.local.Close()
	}
	return errors.Join(s.backend.Close(), s.local.Close())
}
