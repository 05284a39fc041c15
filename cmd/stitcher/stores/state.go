// Package stores opens the stores that the flags --store and --renditions name, and copies one
// into another.
package stores

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/server"
	"stitcher/internal/store/sqlite"
)

// Backend is a store that implements every contract.
type Backend interface {
	store.Facts
	store.Documents
	store.Outbox
	store.Leases
	store.Rollups
	store.Finder
	Ping(ctx context.Context) error
	Close() error
}

var (
	_ Portable = (*sqlite.Store)(nil)
	_ Portable = (*redis.Store)(nil)
)

// State is the store that --store names, and the one in the data directory: the same
// where this is the only node. With a store that nodes share, the data directory keeps
// what is this node's: the index of its renditions, and the beacons that the shared
// store does not take.
type State struct {
	Backend
	// Local is the one in the data directory.
	Local *sqlite.Store
}

// Open opens the store of an address, which is Embedded or one of package redis. retention
// is how long the sums of reports are kept, maxBytes the size from which on the embedded
// store is full; 0 is no limit.
func Open(address, dataDir string, retention time.Duration, maxBytes int64, reg prometheus.Registerer, log *slog.Logger) (*State, error) {
	local, err := sqlite.Open(dataDir, sqlite.Options{Retention: retention, MaxBytes: maxBytes, Metrics: sqlite.NewMetrics(reg), Log: log})
	if err != nil {
		return nil, err
	}
	if address == Embedded {
		return &State{local, local}, nil
	}
	shared, err := redis.Open(address, redis.Options{Retention: retention, Metrics: server.NewMetrics(reg), Log: log})
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return &State{shared, local}, nil
}

// Embedded is the --store of one node.
const Embedded = "sqlite"

// Shared is whether other nodes work on the store.
func (s *State) Shared() bool { return s.Backend != Backend(s.Local) }

// Full is an error while the store has no room for new sessions. A store that nodes
// share has its own limits.
func (s *State) Full() error {
	if s.Shared() {
		return nil
	}
	return s.Local.Full()
}

// Disk keeps beacons that a shared store does not take; nil where the store is on the
// disk itself.
func (s *State) Disk() store.Outbox {
	if !s.Shared() {
		return nil
	}
	return s.Local
}

// Close closes both.
func (s *State) Close() error {
	if !s.Shared() {
		return s.Local.Close()
	}
	return errors.Join(s.Backend.Close(), s.Local.Close())
}

// CheckAddress is what is wrong with a --store. It does not repeat the address, because
// that has secrets.
func CheckAddress(address string) error {
	if address == Embedded {
		return nil
	}
	if !server.IsAddress(address) {
		return errors.New("it is neither sqlite nor an address of Redis such as redis://host:6379")
	}
	_, err := server.ParseAddress(address)
	return err
}
