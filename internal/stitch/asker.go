package stitch

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Decisions says what fills an avail; ads.Decider does.
type Decisions interface {
	Decide(ctx context.Context, r ads.Request) avail.Decision
}

// asker has decisions made off the request path.
type asker struct{ s *Service }

// Decide implements Decider.
func (a asker) Decide(r DecisionRequest, done func(avail.Decision)) {
	go func() {
		record := &Record{Asked: a.s.opt.Now().UTC(), PreRoll: r.PreRoll}
		record.Answer = a.decide(r, record)
		record.Answered = a.s.opt.Now().UTC()
		done(record.Answer)
		a.s.remember(r.Session.ID, r.Avail.Key, record)
	}()
}

func (a asker) decide(r DecisionRequest, record *Record) avail.Decision {
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
	l, err := s.layouts.get(ctx, r.Session)
	if err != nil {
		return none(avail.InternalError)
	}
	if err := s.mappable(ctx, l, r.Avail.Start); errors.Is(err, errUnmappable) {
		return none(avail.RenditionUnmappable)
	} else if err != nil {
		return none(avail.InternalError)
	}
	profile, err := s.profileWithin(ctx, l)
	if err != nil {
		s.opt.Log.Warn("no ads: the content's profile is not known", "session", r.Session.ID, "err", err)
		return none(avail.RenditionMissing)
	}
	start := s.opt.Now()
	request := ads.Request{
		Settings: settings, Session: r.Session, Avail: r.Avail, Index: r.Index,
		Available: r.Avail.Duration, Profile: profile, Start: r.Avail.Sequence, Trace: &record.Request,
		Budget: r.batch.of(settings),
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
		request.Offers = s.prefetched(ctx, r.session, &request, record)
	}
	record.Available = request.Available
	d := s.opt.Decisions.Decide(ctx, request)
	s.opt.Metrics.decided(d, s.opt.Now().Sub(start))
	return d
}

// settingsOf are the settings for what is to be decided.
func settingsOf(c *playback.Configuration, r DecisionRequest) (ads.Settings, error) {
	if r.PreRoll {
		return ads.PreRollSettingsOf(c, r.Session.Choices())
	}
	settings, err := ads.SettingsOf(c, r.Session.Choices(), !r.Avail.Static)
	if r.Insertion {
		settings.SlateURL = "" // such a pod is as long as its ads
	}
	return settings, err
}

// profileOf is the profile of what a session plays, if it can be had in time.
func (s *Service) profileOf(ctx context.Context, x *playback.Session, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := s.layouts.get(ctx, x)
	if err != nil {
		return "", err
	}
	return s.profileWithin(ctx, l)
}

// profileWithin is the layout's profile, if it can be had while ctx lasts. The
// derivation itself goes on for those who come later.
func (s *Service) profileWithin(ctx context.Context, l *layout) (string, error) {
	type result struct {
		id  string
		err error
	}
	got := make(chan result, 1)
	go func() {
		long, cancel := context.WithTimeout(s.background, 2*sampleTimeout)
		defer cancel()
		id, err := s.profile(long, l)
		got <- result{id, err}
	}()
	select {
	case r := <-got:
		return r.id, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
