package service

import (
	"context"
	"errors"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/records"
)

// Decisions says what fills an avail; ads.Decider does.
type Decisions interface {
	Decide(ctx context.Context, r ads.Request) avail.Decision
}

// asker has decisions made off the request path.
type asker struct{ s *Service }

// Decide implements stitch.Decider.
func (a asker) Decide(r stitch.DecisionRequest, done func(avail.Decision)) {
	go func() {
		record := &records.DecisionRecord{Asked: a.s.opt.Now().UTC(), PreRoll: r.PreRoll}
		record.Answer = a.decide(r, record)
		record.Answered = a.s.opt.Now().UTC()
		done(record.Answer)
		a.s.events.Decision(&r, record)
		a.s.remember(r.Session.ID, r.Avail.Key, record)
	}()
}

func (a asker) decide(r stitch.DecisionRequest, record *records.DecisionRecord) avail.Decision {
	s := a.s
	none := func(reason avail.Reason) avail.Decision { return avail.Decision{Reason: reason} }
	c, err := s.configuration(r.Session.Configuration)
	if err != nil {
		return none(avail.InternalError)
	}
	settings, err := settingsOf(c, r)
	if err != nil {
		return none(avail.AdsError)
	}
	ctx, cancel := context.WithTimeout(s.background, settings.Budget)
	defer cancel()
	ctx, span := s.opt.Tracer.StartLinked(ctx, "ad decision", r.By)
	span.Text("session.id", r.Session.ID)
	span.Text("stitcher.configuration", r.Session.Configuration)
	span.Text("stitcher.avail", r.Avail.Key.String())
	defer span.End("")
	l, err := s.layoutOf(ctx, r.Session)
	if err != nil {
		return none(avail.InternalError)
	}
	if err := s.mappable(ctx, l, r.Avail.Start); errors.Is(err, errUnmappable) {
		return none(avail.RenditionUnmappable)
	} else if err != nil {
		return none(avail.InternalError)
	}
	content := s.profiles.ContentFor(l, contents.Patience(settings.Budget, r.Avail.Static))
	if _, reason, known := content.Profile(); known && reason != "" {
		return none(reason)
	}
	start := s.opt.Now()
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
		if got := s.prefetcher.Take(ctx, prefetching{r.Playback}, &request); got != nil {
			request.Offers, record.Prefetch, record.Request = &got.Offers, got.Schedule, got.Request
		}
	}
	record.Available = request.Available
	d := s.opt.Decisions.Decide(ctx, request)
	s.opt.Metrics.decided(d, s.opt.Now().Sub(start))
	span.Number("stitcher.items", len(d.Items))
	span.Text("stitcher.reason", string(d.Reason))
	return d
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
