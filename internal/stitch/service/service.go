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
	"stitcher/internal/origin/ledger/entries"
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
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/prefetches"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/sessions"
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
	Errors Errors
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
	streams  *streams
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
}

// New makes a service. What it does off the request path ends with ctx.
func New(ctx context.Context, opt Options) *Service {
	s := &Service{opt: opt, assetPrefix: hlsplan.AssetPrefix(opt.Hash), sessions: sessions.New[*viewing](opt.MaxSessions), arrivals: admission.NewArrivals(opt.Rates), background: ctx, besides: make(chan struct{}, maxBeside)}
	if s.opt.Turns == nil {
		s.opt.Turns = turns.New(runtime.GOMAXPROCS(0))
	}
	s.events = events.Logger{Log: opt.Events, Configurations: opt.Configurations}
	s.streams = newStreams(opt.Facts, ledger.Options{
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
		Stream: s.streams.get, Decided: opt.Metrics.decided, Node: opt.Node, Log: opt.Log, Now: opt.Now,
	})
	s.env = &stitch.Env{
		Decider: s.decider, Audience: audience{s}, Now: opt.Now, Log: opt.Log, Shared: opt.Shared, Node: opt.Node,
		Refresh: manifests.Refresh, Longest: opt.SessionTTL, Turns: s.opt.Turns,
	}
	s.placer = &placing.Placer{Manifests: opt.Manifests, Now: opt.Now, Log: opt.Log}
	s.explainer = &explain.Explainer{
		Layout: s.layoutOf, Stream: s.streams.get, Profiles: s.profiles, Recordings: opt.Recorder, Prepared: opt.Prepared,
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
	err = s.answer(ctx, x, func(p stitch.Patience) error {
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

// answer plans an answer, after what it has to wait for.
func (s *Service) answer(ctx context.Context, x *viewing, plan func(p stitch.Patience) error) error {
	p := stitch.Patience{Now: s.opt.Now()}
	begun := p.Now
	deadline := begun.Add(answerBudget)
	replans := 0
	for {
		err := plan(p)
		if err == nil {
			return s.spread(ctx, begun)
		}
		p.Now = s.opt.Now()
		p.Caught = errors.Is(err, stitch.ErrMoved)
		var wait *stitch.Wait
		switch {
		case errors.As(err, new(*placing.EmptyError)):
			return err
		case errors.As(err, &wait):
			patience := min(x.Rules.Budget, deadline.Sub(p.Now))
			if wait.Whole {
				patience = begun.Add(x.Rules.Whole).Sub(p.Now)
			}
			p.Waited = true
			p.Exhausted = !s.await(ctx, x, wait, patience)
		case errors.Is(err, stitch.ErrMoved):
			if replans++; replans > stitch.MaxReplans {
				return s.fault(err, x.Session)
			}
		case errors.Is(err, outage.ErrUnsure):
			if !placing.Pause(ctx) {
				return ctx.Err()
			}
		case errors.Is(err, reference.ErrOutOfStep) && p.Now.Before(deadline):
			if !placing.Pause(ctx) {
				return ctx.Err()
			}
		case errors.Is(err, reference.ErrOutOfStep):
			return &fault.Error{Status: 503, Type: "LoadShed", Public: "the origin is restarting", Err: err}
		default:
			return s.fault(err, x.Session)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.Now = s.opt.Now()
	}
}

// spread delays an answer that took long, until the other nodes know what this one has
// published for it. A player may ask again half a target duration after it began to ask
// (RFC 8216bis §6.3.4): after such an answer at once, and another node.
func (s *Service) spread(ctx context.Context, begun time.Time) error {
	if s.opt.Shared && s.opt.Now().Sub(begun) > slowAnswer && !sleep(ctx, entries.FollowEvery) {
		return ctx.Err()
	}
	return nil
}

const (
	// answerBudget is how long an answer may wait for what it depends on.
	answerBudget = 2 * time.Second
	// slowAnswer is half of the shortest target duration, less the time within which nodes
	// read what others have published.
	slowAnswer = 500*time.Millisecond - entries.FollowEvery
	// viewsAge is how old the views of an answer may get while it waits for a store that
	// nodes share. Another node may have shown newer ones, and players ask every second.
	viewsAge = 300 * time.Millisecond
)

// aged is whether the views of an answer are too old, and are to be taken again.
func (s *Service) aged(taken time.Time, p stitch.Patience) bool {
	return s.opt.Shared && !p.Caught && s.opt.Now().Sub(taken) > viewsAge
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
	if s.aged(taken, p) {
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

// await waits for a decision. It answers false where the request has waited as
// long as it may.
func (s *Service) await(ctx context.Context, x *viewing, w *stitch.Wait, patience time.Duration) bool {
	if w.AtMost > 0 {
		patience = min(patience, w.AtMost)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var look <-chan time.Time
	if w.Elsewhere() {
		t := time.NewTicker(lookEvery)
		defer t.Stop()
		look = t.C
	}
	for {
		select {
		case <-w.Done():
			return true
		case <-look:
			x.Look(ctx)
		case <-timer.C:
			return w.AtMost > 0
		case <-ctx.Done():
			return false
		}
	}
}

// lookEvery is how often a request looks for a decision that another node makes.
const lookEvery = 50 * time.Millisecond

// sleep waits; it answers false where the request ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Segment is the file that an ad segment of a session's playlist stands for.
// The beacons that its request implies are durable on return.
func (s *Service) Segment(ctx context.Context, r SegmentRequest) (string, error) {
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return "", err
	}
	if r.Rendition < 0 || r.Rendition >= len(x.Layout.Renditions) {
		return "", fault.NotFound("session %s has no media playlist %d", r.Session, r.Rendition)
	}
	file, t, err := s.locate(ctx, x, r)
	for tries := 0; s.opt.Shared && tries < lookAgain && errors.As(err, new(*fault.Error)); tries++ {
		// Another node has listed it, from a newer playlist or with the store in reach.
		if !placing.Pause(ctx) {
			return "", ctx.Err()
		}
		file, t, err = s.locate(ctx, x, r)
	}
	if err != nil {
		return "", err
	}
	return s.served(ctx, x, r.Rendition, file, t, r.Probe)
}

// served is where a player gets a file of rendition n, once the events that its request
// implies are durable. Those of a session whose player reports are counted and not sent.
func (s *Service) served(ctx context.Context, x *viewing, n int, file string, t avail.Trigger, probe bool) (string, error) {
	if x.AdPrefix != "" {
		file = x.prefix.Asset + file // the CDN that the configuration names
	}
	if !probe && t.Events != 0 && x.Reports(n) {
		t.At = s.opt.Now().UnixMicro()
		if err := s.opt.Beacons.Fire(ctx, t); err != nil {
			// The viewer is shown the ad in any case; the loss is counted.
			s.opt.Metrics.lostTriggers.Inc()
			s.opt.Log.Error("a beacon trigger is lost", "session", x.ID, "avail", t.Avail.String(), "err", err)
		}
	}
	return file, nil
}

// lookAgain is how often an ad segment is looked for that another node may have listed.
// It is as long as a playlist is not fetched again, with a target duration of 10 s at
// most, and an answer's budget.
const lookAgain = int(answerBudget / placing.StepPause)

func (s *Service) locate(ctx context.Context, x *viewing, r SegmentRequest) (string, avail.Trigger, error) {
	x.Lock()
	defer x.Unlock()
	at, ok := x.SpotAt(r.Rendition, r.Sequence)
	if !ok {
		// The playlist may have been another node's, and after a restart the runs
		// are made by the first playlist request: a player that resumes in the
		// middle of an ad asks for segments first.
		if err := s.revive(ctx, x, r.Rendition); err != nil {
			return "", avail.Trigger{}, s.fault(err, x.Session)
		}
		at, ok = x.SpotAt(r.Rendition, r.Sequence)
	}
	if !ok {
		return "", avail.Trigger{}, fault.NotFound("session %s has no ad segment %d in media playlist %d", x.ID, r.Sequence, r.Rendition)
	}
	file, t, err := x.File(ctx, r.Rendition, at)
	if err != nil {
		return "", avail.Trigger{}, fault.NotFound("the ad segment is no longer there")
	}
	return file, t, nil
}

// revive rebuilds a session's runs from its records.
func (s *Service) revive(ctx context.Context, x *viewing, n int) error {
	ref, v, err := s.placer.Views(ctx, &x.Subject, n)
	if err != nil {
		if errors.As(err, new(*placing.EmptyError)) {
			return nil // there is nothing to revive
		}
		return err
	}
	if s.opt.Shared {
		if err := x.Read(ctx); err != nil && !errors.Is(err, store.ErrUnavailable) {
			return err
		}
	}
	var w planning
	for range stitch.MaxReplans {
		err = x.Plan(ctx, n, ref, v, stitch.Patience{Now: s.opt.Now()}, &w.plan, &w.ads)
		if !errors.Is(err, stitch.ErrMoved) {
			break
		}
	}
	var wait *stitch.Wait
	if errors.As(err, &wait) || errors.Is(err, reference.ErrOutOfStep) {
		return nil // what was decided is there; what was not has no segments
	}
	return err
}
