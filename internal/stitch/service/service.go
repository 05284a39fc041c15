package service

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/admission"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/deciding"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/events"
	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/prefetches"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/service/answers"
	"stitcher/internal/stitch/service/audience"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/segments"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/stitch/service/streams"
	"stitcher/internal/stitch/service/touches"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store"
	"stitcher/internal/tracing"
)

// Configurations finds playback configurations by name.
type Configurations interface {
	// Configuration is the configuration in force; playback.ErrNotFound if
	// there is none.
	Configuration(name string) (*config.Configuration, error)
}

// Beacons takes what was watched. It is durable on return.
type Beacons interface {
	Fire(ctx context.Context, t avail.Trigger) error
}

// Options are what a Service works with.
type Options struct {
	Configurations Configurations
	Manifests      *manifests.Manifests
	Facts          store.Facts
	Assets         contents.Assets
	Decisions      deciding.Decisions
	// Overlays decides overlay avails; nil leaves them unfilled.
	Overlays  deciding.Overlays
	Retriever prefetches.Retriever
	Schedules prefetches.Schedules
	Profiles  contents.Profiles
	Beacons   Beacons
	// Errors is told of ads that were chosen and not shown; nil drops that.
	Errors audience.Errors
	// Fetcher gets segments of the content that show what it is like.
	Fetcher manifests.Fetcher
	// Hash is the account's label in URLs.
	Hash string
	// MaxSessions bounds the sessions in memory.
	MaxSessions int
	// Full is an error while the store has no room for new sessions; nil never is.
	// Sessions that begin meanwhile are content without a record in the store.
	Full func() error
	// Prepared tells when creatives that were skipped became ready; nil tells nothing.
	Prepared explain.Prepared
	// Rates bound the new sessions per second.
	Rates admission.Rates
	// SessionTTL is the longest time that an idle session is kept; 0 is an hour.
	SessionTTL time.Duration
	// MaximumAvail is how long an avail without announced duration may last.
	MaximumAvail time.Duration
	// Recorder records the sessions that the configuration or aws.logMode=DEBUG chooses;
	// nil records none.
	Recorder *recording.Recorder
	// Inspector checks the manifests of a sample of sessions; nil checks none.
	Inspector *inspect.Inspector
	// Tracer makes a trace of each ad decision; nil makes none.
	Tracer *tracing.Tracer
	// Events logs what MediaTailor logs of sessions; nil logs nothing.
	Events *eventlog.Log
	// Turns are those that Decisions and Retriever work in; nil makes some.
	Turns *turns.Turns
	// Shared is set where other nodes work on the same store; Node then names this
	// process among them.
	Shared bool
	Node   string
	// Outages are those of the store that this process has met and that are not long
	// over, in order; nil is none. It has a meaning where Shared is set.
	Outages func() []store.Outage
	Log     *slog.Logger
	Now     func() time.Time
	Metrics *Metrics
}

// Service answers players. It is safe for use by many goroutines.
type Service struct {
	opt      Options
	layouts  *layouts.Layouts
	streams  *streams.Streams
	sessions *sessions.Map[*viewing]
	arrivals admission.Arrivals
	profiles *contents.Profiler
	plans    sync.Pool
	mpdPlans sync.Pool
	repolls  admission.Repolls
	// background ends with the service: what goes on after a request hangs
	// on it.
	background context.Context
	prefetcher *prefetches.Prefetcher
	// besides has room for what may be under way beside the requests.
	besides chan struct{}
	touches touches.Touches
	// assetPrefix is what the URIs of prepared files begin with.
	assetPrefix string
	// env is what its sessions have in common.
	env       *stitch.Env
	events    events.Logger
	explainer *explain.Explainer
	placer    *placing.Placer
	decider   *deciding.Decider
	answers   answers.Planner
	segments  segments.Finder
}

// New makes a service. What it does off the request path ends with ctx.
func New(ctx context.Context, opt Options) *Service {
	s := &Service{opt: opt, assetPrefix: hlsplan.AssetPrefix(opt.Hash), sessions: sessions.New[*viewing](opt.MaxSessions), arrivals: admission.NewArrivals(opt.Rates), background: ctx, besides: make(chan struct{}, maxBeside)}
	if s.opt.Turns == nil {
		s.opt.Turns = turns.New(runtime.GOMAXPROCS(0))
	}
	s.events = events.Logger{Log: opt.Events, Configurations: opt.Configurations}
	s.streams = streams.New(opt.Facts, ledger.Options{
		Maximum: opt.MaximumAvail.Microseconds(), TTL: streamTTL, Shared: opt.Shared, Times: origin.NewTimes(),
	})
	s.profiles = contents.New(ctx, contents.Options{
		Facts: opt.Facts, Profiles: opt.Profiles, Now: opt.Now, Log: opt.Log,
		Derive: contents.NewSampler(opt.Manifests, opt.Fetcher, opt.Now, opt.Log).Derive,
	})
	s.layouts = layouts.New(opt.Facts, opt.Manifests, s.profiles.Unfit)
	s.prefetcher = s.newPrefetcher(ctx)
	s.decider = deciding.New(ctx, deciding.Options{
		Decisions: opt.Decisions, Overlays: opt.Overlays, Prefetcher: s.prefetcher, Profiles: s.profiles, Manifests: opt.Manifests,
		Facts: opt.Facts, Events: &s.events, Tracer: opt.Tracer, Turns: s.opt.Turns, Configuration: s.configuration, Layout: s.layoutOf,
		Stream: s.streams.Get, Decided: opt.Metrics.decided, Node: opt.Node, Log: opt.Log, Now: opt.Now,
	})
	told := audience.New(ctx, audience.Options{
		Errors: opt.Errors, Facts: opt.Facts, Booked: opt.Metrics.booked, OffPath: s.offPath, Log: opt.Log,
	})
	s.env = &stitch.Env{
		Decider: s.decider, Audience: told, Now: opt.Now, Log: opt.Log, Shared: opt.Shared, Node: opt.Node,
		Refresh: manifests.Refresh, Longest: opt.SessionTTL, Turns: s.opt.Turns,
	}
	s.placer = &placing.Placer{Manifests: opt.Manifests, Now: opt.Now, Log: opt.Log}
	s.answers = answers.Planner{Shared: opt.Shared, Now: opt.Now, Fault: s.fault}
	s.segments = segments.Finder{Placer: s.placer, Shared: opt.Shared, Now: opt.Now, Fault: s.fault}
	s.explainer = &explain.Explainer{
		Layout: s.layoutOf, Stream: s.streams.Get, Profiles: s.profiles, Recordings: opt.Recorder, Prepared: opt.Prepared,
	}
	s.plans.New = func() any { return &planning{} }
	s.mpdPlans.New = func() any { return &mpdPlanning{} }
	return s
}

// planning is the memory that one answer needs.
type planning struct {
	plan hls.Plan
	ads  hlsplan.Pool
	gzip hls.Gzip
	watching
}

// maxPooled is how long an answer may be for its memory to be used again.
const maxPooled = 256 << 10

// maxBeside bounds what is under way beside the requests, such as prefetches; more waits for a
// later request of its player.
const maxBeside = 256

// offPath runs f beside the request, unless too much is under way.
func (s *Service) offPath(f func()) bool {
	select {
	case s.besides <- struct{}{}:
	default:
		return false
	}
	go func() {
		defer func() { <-s.besides }()
		f()
	}()
	return true
}

// streamTTL is how long the ledger of a channel without viewers is kept.
const streamTTL = 24 * time.Hour

// MediaPlaylist appends the playlist of rendition n of a session to dst.
func (s *Service) MediaPlaylist(ctx context.Context, configuration, id string, n int, dst []byte) ([]byte, error) {
	w := s.plans.Get().(*planning)
	defer func() {
		w.watching = watching{} // it holds a session
		s.plans.Put(w)
	}()
	v, err := s.playlist(ctx, configuration, id, n, w)
	if err != nil {
		return nil, err
	}
	from := len(dst)
	dst = hlsplan.TemplateOf(v).Append(dst, &w.plan)
	if w.session != nil {
		s.show(&w.watching, inspect.HLS, v, bytes.Clone(dst[from:]))
	}
	return dst, nil
}

// MediaPlaylistGzip is MediaPlaylist, compressed.
func (s *Service) MediaPlaylistGzip(ctx context.Context, configuration, id string, n int, dst []byte) ([]byte, error) {
	w := s.plans.Get().(*planning)
	defer func() {
		if len(dst) > maxPooled {
			w.gzip = hls.Gzip{} // its plain text is longer still
		}
		w.watching = watching{}
		s.plans.Put(w)
	}()
	v, err := s.playlist(ctx, configuration, id, n, w)
	if err != nil {
		return nil, err
	}
	dst = w.gzip.Append(dst, hlsplan.TemplateOf(v), &w.plan)
	if w.session != nil {
		s.show(&w.watching, inspect.HLS, v, hlsplan.TemplateOf(v).Append(nil, &w.plan))
	}
	return dst, nil
}

// playlist plans the playlist of rendition n of a session, after what it has to
// wait for.
func (s *Service) playlist(ctx context.Context, configuration, id string, n int, w *planning) (*origin.View, error) {
	x, err := s.session(ctx, configuration, id)
	if err != nil {
		return nil, err
	}
	if x.protocol() == playback.DASH || n < 0 || n >= len(x.Layout.Renditions) {
		return nil, fault.NotFound("session %s has no media playlist %d", id, n)
	}
	w.watching = x.watch(n)
	var v *origin.View
	err = s.answers.Plan(ctx, x.Playback, func(p stitch.Patience) error {
		var due bool
		if v, due, err = s.try(ctx, x, n, p, w); err != nil {
			return err
		}
		s.after(x, v, due)
		return nil
	})
	if empty, ok := errors.AsType[*placing.EmptyError](err); ok {
		return s.empty(x, empty, &w.plan)
	}
	return v, err
}

// after does what an answer makes due, off the request path.
func (s *Service) after(x *viewing, v *origin.View, foldDue bool) {
	if v.Ended {
		return
	}
	s.prefetch(x)
	if foldDue {
		s.offPath(func() { x.Fold(s.background) })
	}
}

// try plans one answer with the templates as they are now. foldDue is whether
// avails of the session should be summed up.
func (s *Service) try(ctx context.Context, x *viewing, n int, p stitch.Patience, w *planning) (v *origin.View, foldDue bool, err error) {
	taken := s.opt.Now() // before they may have waited for the ledger
	ref, v, err := s.placer.Views(ctx, &x.Subject, n)
	if err != nil {
		return nil, false, err
	}
	x.Lock()
	defer x.Unlock()
	w.planned = time.Time{}
	if x.recorded != nil {
		w.shot.Since = x.Stream.Revision()
	}
	if err := x.Plan(ctx, n, ref, v, p, &w.plan, &w.ads); err != nil {
		return nil, false, err
	}
	if s.answers.Aged(taken, p) {
		return nil, false, stitch.ErrMoved
	}
	x.prefix.Apply(n, &w.plan)
	if x.inspected {
		w.planned = s.opt.Now()
	}
	if x.recorded != nil {
		w.shot.At, w.shot.Ref = p.Now, x.LineOf(ref, v)
		w.shot.Rev, w.shot.Ledger = x.Revision(), x.Stream.Revision()
	}
	return v, x.FoldDue(ref), nil
}
