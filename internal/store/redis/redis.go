// Package redis implements the contracts of package store over Redis or Valkey: one
// server, Sentinel or Cluster. Each step that has to be atomic is a Lua script over
// keys of one hash slot (script/lua/*.lua describe the keys, package layout names them). Times are
// those of the server that has the key.
//
// Redis acknowledges a write before its replicas have it, and before it is on disk
// unless the server runs with appendfsync always. A failover can therefore lose the
// last writes. Revisions and versions are times, so that those which were lost are
// not given again.
package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
)

// Options are the rules of a Store. The zero value is for production.
type Options struct {
	// Now is the clock of a test; nil is that of the server.
	Now func() time.Time
	// Retention is how long the roll-ups of hours are kept; 0 is 30 days.
	Retention time.Duration
	// Metrics may be nil.
	Metrics *server.Metrics
	// Log may be nil.
	Log *slog.Logger
}

// Store is the networked store. It is safe for use by many goroutines.
type Store struct {
	client  redis.UniversalClient
	keys    layout.Keys
	scripts *script.Runner
	log     *slog.Logger

	retention time.Duration
	// folder is this store's name as the owner of a lease.
	folder string
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Open makes a store for an address. It connects when it is used.
func Open(address string, o Options) (*Store, error) {
	a, err := server.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if o.Metrics == nil {
		o.Metrics = server.NewMetrics(prometheus.NewRegistry())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client, err := a.Connect(o.Metrics)
	if err != nil {
		return nil, err
	}
	if o.Retention == 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	s := &Store{client: client, keys: layout.Keys{Prefix: a.Prefix}, scripts: script.NewRunner(client, o.Now, a.Timeout), log: o.Log, retention: o.Retention, folder: rand.Text()}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() { s.foldAll(ctx) })
	return s, nil
}

// Close ends the connections.
func (s *Store) Close() error {
	s.stop()
	s.done.Wait()
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("redis: close: %w", err)
	}
	return nil
}

// Ping answers whether the store can be read. In a cluster it asks each server that
// has slots.
func (s *Store) Ping(ctx context.Context) error {
	ping := func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() }
	var err error
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, ping)
	} else {
		err = s.client.Ping(ctx).Err()
	}
	if err != nil {
		return fmt.Errorf("redis: %w", server.Fault(err))
	}
	return nil
}
