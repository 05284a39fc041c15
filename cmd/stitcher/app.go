package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"stitcher/api"
	"stitcher/cmd/stitcher/datadir"
	"stitcher/cmd/stitcher/memory"
	"stitcher/cmd/stitcher/presence"
	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/ads"
	"stitcher/internal/blob"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi"
	"stitcher/internal/httpapi/admin"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/events"
	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/journal"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/search"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store/spool"
	"stitcher/internal/tracing"
	"stitcher/internal/tracking"
	"stitcher/internal/transcodecache"
	"stitcher/internal/transcodecache/identity"
)

// app is the service with everything that it works with.
type app struct {
	set            settings
	hash           string
	log            *slog.Logger
	lock           *datadir.Lock
	state          *stores.State
	spool          *spool.Spool
	out            *egress.Client
	configurations *config.Configurations
	schedules      *prefetch.Schedules
	blobs          blob.Store // nil: the renditions are in the data directory
	blobsCloser    io.Closer
	cache          *transcodecache.Cache
	tracker        *tracking.Tracker
	service        *service.Service
	recorder       *recording.Recorder
	tracer         *tracing.Tracer // nil: no traces are asked for
	journal        *journal.Journal
	manifests      *manifests.Manifests
	ready          *admin.Readiness
	// presence is nil where this is the only node.
	presence      *presence.Presence
	viewer, admin http.Handler
	// stop ends what runs in the background; work waits for it.
	stop context.CancelFunc
	work sync.WaitGroup
}

// The service's limits that no flag sets.
const (
	originTimeout = 2 * time.Second
	maxManifests  = 20_000
	// maximumAvail is how long an avail without announced duration may last:
	// MediaTailor's default avail duration (reference §3.4).
	maximumAvail = 300 * time.Second
)

// newApp takes the data directory, opens the stores and wires the packages
// together. What runs in the background ends with ctx.
func newApp(ctx context.Context, set settings, log *slog.Logger) (*app, error) {
	lock, err := datadir.Take(set.dataDir)
	if err != nil {
		return nil, err
	}
	a := &app{set: set, log: log, lock: lock}
	reg := prometheus.NewRegistry()
	reg.MustRegister(buildInfo(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.state, err = stores.Open(set.store, set.dataDir, time.Duration(set.retention), int64(set.storeMax), reg, log); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if a.blobs, a.blobsCloser, err = stores.OpenRenditions(ctx, set.renditions, set.store); err != nil {
		return nil, errors.Join(err, a.state.Close(), lock.Close())
	}
	if err := a.wire(ctx, reg); err != nil {
		return nil, errors.Join(err, a.blobsCloser.Close(), a.state.Close(), lock.Close())
	}
	return a, nil
}

// wire makes everything that stands on the store.
func (a *app) wire(ctx context.Context, reg *prometheus.Registry) error {
	set, log := &a.set, a.log
	var err error
	a.spool = spool.New(a.state, spool.Options{Metrics: spool.NewMetrics(reg), Log: log, Shared: a.state.Shared(), Disk: a.state.Disk()})
	naming := awsapi.Naming{Account: set.accountID, Region: set.region, PublicURL: set.publicURL}
	if a.configurations, err = config.New(ctx, a.state, naming); err != nil {
		return err
	}
	if a.schedules, err = prefetch.New(ctx, a.state, naming, a.configurations, time.Now); err != nil {
		return err
	}
	node := uuid.NewString()
	nodes := func() int { return 1 }
	if a.state.Shared() {
		a.presence = presence.New(a.state, node, reg)
		nodes = a.presence.Nodes
	}
	agent := "stitcher/" + version
	if a.tracer, err = tracing.FromEnvironment(ctx, os.Getenv, version, func(err error) { log.Warn("export traces", "err", err) }); err != nil {
		return err
	}
	a.hash = naming.Hash()
	a.out = egress.New(egress.Options{Allow: set.egressAllow, UserAgent: agent})
	// Renditions that nodes share have one index.
	var index stores.Backend = a.state.Local
	if set.renditions != "file" {
		index = a.state
	}
	a.cache, err = transcodecache.New(ctx, transcodecache.Options{
		Dir: filepath.Join(set.dataDir, "renditions"), Blobs: a.blobs, Index: index, Leases: index, Fetcher: a.out, Volatile: identity.NewVolatile(set.volatileQuery), Playlists: a.out, Log: log,
		Workers: set.transcodeWorkers, MaxBytes: int64(set.renditionsMax), Metrics: transcodecache.NewMetrics(reg),
	})
	if err != nil {
		return err
	}
	a.journal = journal.New(a.state, log, reg)
	a.journal.Retain(time.Duration(set.retention))
	eventLog := eventlog.New(eventlog.Options{Log: log, Account: set.accountID, Customer: a.hash, Now: time.Now, Metrics: reg})
	a.tracker = tracking.New(tracking.Options{
		Outbox: a.spool, Source: records.NewSource(a.spool), Fetcher: a.out, Macros: newMacros(agent), Journal: a.journal,
		Metrics: tracking.NewMetrics(reg), Log: log, Tracer: a.tracer, Now: time.Now, Nodes: nodes,
		Teller: &events.Logger{Log: eventLog, Configurations: a.configurations},
	})
	manifests, err := manifests.New(manifests.Options{
		Fetcher: a.out, MaxBytes: int64(set.manifestMax), Timeout: originTimeout, Entries: maxManifests, CacheBytes: memory.CacheBytes(os.DirFS("/")),
		Now: time.Now, Metrics: manifests.NewMetrics(reg),
	})
	if err != nil {
		return err
	}
	a.manifests = manifests
	shares := turns.New(runtime.GOMAXPROCS(0))
	decider := ads.New(ads.Options{
		Fetcher: a.out, Renditions: a.cache, Errors: a.tracker, Log: log,
		Metrics: ads.NewMetrics(reg), Concurrency: set.adsConcurrency, Nodes: nodes, ServerUA: agent, Turns: shares,
	})
	if set.retention > 0 {
		a.recorder = recording.New(recording.Options{
			Facts: a.state, Retention: time.Duration(set.retention), Log: log, Now: time.Now, Metrics: reg,
		})
	}
	inspector := inspect.New(inspect.Options{Log: log, Now: time.Now, Metrics: reg})
	a.service = service.New(ctx, service.Options{
		Events: eventLog, Tracer: a.tracer, Inspector: inspector,
		Configurations: a.configurations, Manifests: manifests, Facts: a.spool, Assets: a.cache, Profiles: a.cache, Prepared: a.cache,
		Decisions: decider, Overlays: decider, Retriever: decider, Schedules: a.schedules,
		Shared: a.state.Shared(), Node: node, Outages: a.spool.Outages,
		Beacons: a.tracker, Errors: a.tracker, Fetcher: a.out, Hash: a.hash, MaxSessions: set.maxSessions, Rates: set.rates, Full: a.state.Full, SessionTTL: set.sessionTTL,
		MaximumAvail: maximumAvail, Log: log, Now: time.Now, Metrics: service.NewMetrics(reg), Turns: shares, Recorder: a.recorder,
	})
	a.ready = admin.NewReadiness(time.Now, checks(set.dataDir, a.state, a.spool.Held, a.cache, a.blobs)...)
	requests := httpapi.NewMetrics(reg)
	a.viewer, err = viewer.New(viewer.Options{
		Service: a.service, Files: a.cache, Log: log, Metrics: requests, Tracer: a.tracer, Ready: a.ready.Public(),
		TrustedProxies: set.trustedProxies, Hash: a.hash, PublicURL: set.publicURL,
	})
	if err != nil {
		return err
	}
	a.admin, err = admin.New(admin.Options{
		Configurations: a.configurations, Schedules: a.schedules, Explain: a.explain, Search: a.search, Bundle: a.service.Bundle, Creatives: a.cache, Rollups: a.state, Naming: naming, ViewerListen: set.listen, ViewerTLS: set.tlsCert != "",
		Listen: set.adminListen, AnyHost: set.insecureAdmin, AccessKey: set.accessKey, SecretKey: set.secretKey, Ready: a.ready,
		Gatherer: reg, Metrics: requests, Tracer: a.tracer, OpenAPI: api.Document, Log: log,
	})
	if err != nil {
		return err
	}
	var background context.Context
	background, a.stop = context.WithCancel(ctx)
	for _, work := range []func(context.Context){a.cache.Run, a.tracker.Run, a.journal.Run, a.service.Run, a.spool.Run, inspector.Run} {
		a.work.Go(func() { work(background) })
	}
	if a.recorder != nil {
		a.work.Go(func() { a.recorder.Run(background) })
	}
	a.work.Go(func() { follow(background, log, followEvery, a.configurations.Refresh, a.schedules.Refresh) })
	if a.presence != nil {
		a.work.Go(func() { follow(background, log, presence.Every, a.presence.Beat) })
	}
	return nil
}

// search finds sessions in the store.
func (a *app) search(ctx context.Context, q search.Query) (search.List, error) {
	return search.Sessions(ctx, a.state, q)
}

// explain is what the store knows of a session.
func (a *app) explain(ctx context.Context, id string) (*explain.Session, error) {
	return a.service.Explain(ctx, a.spool, id)
}

// close ends an app that never served.
func (a *app) close() error {
	a.stop()
	a.work.Wait()
	a.manifests.Close()
	return errors.Join(a.blobsCloser.Close(), a.state.Close(), a.lock.Close())
}

// run serves until ctx ends, then drains: not ready but still serving, then no
// new connections, then the beacons.
func (a *app) run(ctx context.Context, listening func(viewer, admin net.Addr)) error {
	public, err := listen(ctx, a.set.listen, a.set.tlsCert, a.set.tlsKey)
	if err != nil {
		return errors.Join(err, a.close())
	}
	private, err := listen(ctx, a.set.adminListen, "", "")
	if err != nil {
		return errors.Join(err, public.Close(), a.close())
	}
	servers := []*http.Server{
		httpapi.NewServer(a.set.listen, a.viewer, nil, a.log),
		httpapi.NewServer(a.set.adminListen, a.admin, nil, a.log),
	}
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{public, private} {
		go func() {
			if err := servers[i].Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	if listening != nil {
		listening(public.Addr(), private.Addr())
	}
	a.log.Info("serving", "viewer", public.Addr().String(), "admin", private.Addr().String(), "version", version)
	select {
	case <-ctx.Done():
		a.ready.Drain()
		a.log.Info("draining", "for", a.set.drain.String())
		pause(a.set.drain)
	case err = <-failed:
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, s := range servers {
		err = errors.Join(err, s.Shutdown(end))
	}
	a.stop()
	a.work.Wait()
	a.tracker.Flush(end)
	a.journal.Flush(end)
	a.manifests.Close()
	if a.presence != nil {
		if err := a.presence.Leave(end); err != nil {
			a.log.Warn("other nodes count this one for a while", "err", err)
		}
	}
	err = errors.Join(err, a.tracer.Close(end), a.spool.Close(end), a.blobsCloser.Close(), a.state.Close(), a.lock.Close())
	a.log.Info("stopped")
	return err
}

func listen(ctx context.Context, address, cert, key string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if cert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("certificate of the viewer plane: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// pause waits; the service goes on serving meanwhile.
func pause(d time.Duration) { <-time.After(d) }

// logger writes to w as the flags say.
func logger(w io.Writer, set settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: set.logLevel}
	if set.logFormat == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// loopbackPrefixes is what the demo's own servers listen on.
func loopbackPrefixes() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}
