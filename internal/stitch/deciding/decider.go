// Package deciding has avails decided off the path of any request: it asks for ads within the rules of the configuration,
// and stores how each decision came about.
package deciding

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/events"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/prefetches"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store"
	"stitcher/internal/tracing"
)

// Decisions says what fills an avail; ads.Decider does.
type Decisions interface {
	Decide(ctx context.Context, r ads.Request) avail.Decision
}

// Options are what a Decider works with.
type Options struct {
	Decisions Decisions
	// Overlays decides overlay avails; nil leaves them unfilled.
	Overlays   Overlays
	Prefetcher *prefetches.Prefetcher
	Profiles   *contents.Profiler
	Manifests  *manifests.Manifests
	Facts      store.Facts
	Events     *events.Logger
	// Tracer makes a trace of each ad decision; nil makes none.
	Tracer *tracing.Tracer
	// Turns are those that records are packed in.
	Turns *turns.Turns
	// Configuration, Layout and Stream find what a session has.
	Configuration func(name string) (*config.Configuration, error)
	Layout        func(ctx context.Context, p *playback.Session) (*layouts.Layout, error)
	Stream        func(ctx context.Context, id string) (*ledger.Stream, error)
	// Decided is told of each decision and how long it took.
	Decided func(d avail.Decision, took time.Duration)
	// Node is the name of this process among those that share the store.
	Node string
	Log  *slog.Logger
	Now  func() time.Time
}

// Decider has decisions made off the request path, and stores how they came about.
type Decider struct {
	opt Options
	// background ends with the service.
	background context.Context
	// packer packs the records of decisions.
	packer records.Packer
}

// New makes a decider. What it does ends with ctx.
func New(ctx context.Context, opt Options) *Decider {
	return &Decider{opt: opt, background: ctx}
}

// Decide implements stitch.Decider.
func (d *Decider) Decide(r stitch.DecisionRequest, done func(avail.Decision)) {
	go func() {
		record := &records.DecisionRecord{Asked: d.opt.Now().UTC(), PreRoll: r.PreRoll}
		record.Answer = d.decide(r, record)
		record.Answered = d.opt.Now().UTC()
		done(record.Answer)
		d.opt.Events.Decision(&r, record)
		d.remember(r.Session.ID, r.Avail.Key, record)
	}()
}

func (d *Decider) decide(r stitch.DecisionRequest, record *records.DecisionRecord) avail.Decision {
	none := func(reason avail.Reason) avail.Decision { return avail.Decision{Reason: reason} }
	c, err := d.opt.Configuration(r.Session.Configuration)
	if err != nil {
		return none(avail.InternalError)
	}
	settings, err := settingsOf(c, r)
	if err != nil {
		return none(avail.AdsError)
	}
	ctx, cancel := context.WithTimeout(d.background, settings.Budget)
	defer cancel()
	ctx, span := d.opt.Tracer.StartLinked(ctx, "ad decision", r.By)
	span.Text("session.id", r.Session.ID)
	span.Text("stitcher.configuration", r.Session.Configuration)
	span.Text("stitcher.avail", r.Avail.Key.String())
	defer span.End("")
	l, err := d.opt.Layout(ctx, r.Session)
	if err != nil {
		return none(avail.InternalError)
	}
	if err := d.mappable(ctx, l, r.Avail.Start); errors.Is(err, errUnmappable) {
		return none(avail.RenditionUnmappable)
	} else if err != nil {
		return none(avail.InternalError)
	}
	content := d.opt.Profiles.ContentFor(l, contents.Patience(settings.Budget, r.Avail.Static))
	if _, reason, known := content.Profile(); known && reason != "" {
		return none(reason)
	}
	start := d.opt.Now()
	request := ads.Request{
		Settings: settings, Session: r.Session, Avail: r.Avail, Index: r.Index,
		Available: r.Avail.Duration, Content: content, Start: r.Avail.Sequence, Trace: &record.Request,
		Budget: r.Batch.Of(settings),
	}
	switch {
	case r.PreRoll:
		// It has no place yet; what it tells of the content's time is the first
		// that there is (user guide, variables-session).
		request.PreRoll, request.Avail.Start = true, r.Oldest
		request.Available = int64(c.LivePreRoll.MaxDurationSeconds) * 1_000_000
	case r.Avail.Unmarked:
		request.Kind = ads.KindAsset
	}
	if !r.PreRoll {
		if got := d.opt.Prefetcher.Take(ctx, stitch.Prefetching{Of: r.Playback}, &request); got != nil {
			request.Offers, record.Prefetch, record.Request = &got.Offers, got.Schedule, got.Request
		}
	}
	record.Available = request.Available
	answer := d.opt.Decisions.Decide(ctx, request)
	d.opt.Decided(answer, d.opt.Now().Sub(start))
	span.Number("stitcher.items", len(answer.Items))
	span.Text("stitcher.reason", string(answer.Reason))
	return answer
}

// settingsOf are the settings for what is to be decided.
func settingsOf(c *config.Configuration, r stitch.DecisionRequest) (ads.Settings, error) {
	if r.PreRoll {
		return ads.PreRollSettingsOf(c, r.Session.Choices())
	}
	settings, err := ads.SettingsOf(c, r.Session.Choices(), !r.Avail.Static)
	if r.Insertion {
		settings.SlateURL = "" // such a pod is as long as its ads
	}
	return settings, err
}
