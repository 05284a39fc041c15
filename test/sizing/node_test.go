package sizing

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/journal"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	redisserver "stitcher/internal/store/redis/server"
	"stitcher/internal/store/spool"
	"stitcher/internal/tracking"
	"stitcher/internal/transcodecache/profile"
)

const accountHash = "0123456789012345678901234567890123456789"

// patience is how long Redis may take on a busy machine, where an outage would be another
// measurement.
const patience = time.Minute

// node is the service as cmd/stitcher wires it, over Redis.
type node struct {
	store   *redis.Store
	service *service.Service
	handler http.Handler
}

// profiled is Redis with the profile of every layout: nothing is sampled.
type profiled struct{ *spool.Spool }

// Since implements store.Facts.
func (p profiled) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, "layout/") {
		b, err := json.Marshal(profile.Profile{Segment: segment.Microseconds()})
		return []avail.Fact{{Key: "profile", Value: b}}, rev, err
	}
	return p.Spool.Since(ctx, owner, rev)
}

func newNode(t *testing.T, w *world, server *redistest.Server, name string) *node {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	log, reg := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	store, err := redis.Open(server.URL()+"?timeout="+patience.String(), redis.Options{Now: w.clock, Metrics: redisserver.NewMetrics(reg)})
	must(err)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	held := spool.New(store, spool.Options{Patience: patience, Shared: true, Now: w.clock, Log: log})
	facts := profiled{held}
	manifests, err := manifests.New(manifests.Options{
		Fetcher: w, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: w.clock, Metrics: manifests.NewMetrics(reg),
	})
	must(err)
	configurations, err := config.New(t.Context(), new(memory.Documents), awsapi.Naming{})
	must(err)
	c, err := config.Parse([]byte(`{"Name":"sizing","VideoContentSourceUrl":"http://origin.example","AdDecisionServerUrl":"http://ads.example/?s=[session.id]&d=[session.avail_duration_secs]"}`))
	must(err)
	_, err = configurations.Put(t.Context(), c)
	must(err)
	shelf, shares := newShelf(), turns.New(runtime.GOMAXPROCS(0))
	decider := ads.New(ads.Options{Fetcher: w, Renditions: shelf, Log: log, Now: w.clock, Concurrency: 256, Turns: shares})
	journal := journal.New(held, log, reg)
	tracker := tracking.New(tracking.Options{
		Outbox: held, Source: records.NewSource(held), Fetcher: w, Macros: noMacros{}, Journal: journal,
		Metrics: tracking.NewMetrics(reg), Log: log, Now: w.clock, Nodes: func() int { return nodes },
	})
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{store: store, service: service.New(ctx, service.Options{
		Configurations: configurations, Manifests: manifests, Facts: facts, Assets: shelf, Decisions: decider, Retriever: decider,
		Schedules: noSchedules{}, Profiles: shelf, Beacons: tracker, Fetcher: w, Hash: accountHash, MaxSessions: 1 << 20,
		MaximumAvail: 5 * time.Minute, Log: log, Now: w.clock, Metrics: service.NewMetrics(reg), Turns: shares,
		Shared: true, Node: name, Outages: held.Outages,
	})}
	n.handler, err = viewer.New(viewer.Options{Service: n.service, Files: shelf, Log: log, Hash: accountHash})
	must(err)
	var work sync.WaitGroup
	for _, run := range []func(context.Context){held.Run, n.service.Run, tracker.Run, journal.Run} {
		work.Go(func() { run(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		work.Wait()
	})
	return n
}
