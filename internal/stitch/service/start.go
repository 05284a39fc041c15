package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/pause"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/report"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/search"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/sessions"
	"stitcher/internal/stitch/service/start"
	"stitcher/internal/store"
)

// Start makes a session. It is stored before it is returned.
func (s *Service) Start(ctx context.Context, r start.Request) (*playback.Session, error) {
	c, err := s.configuration(r.Configuration)
	if err != nil {
		return nil, err
	}
	if err := s.admit(&r); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	if !s.room(ctx) {
		s.opt.Metrics.refused.WithLabelValues("full").Inc()
		return nil, &fault.Error{Status: 503, Type: "ThrottlingException", Public: "the limit of concurrent sessions is reached", RetryAfter: sessions.InUse}
	}
	x, settings, err := r.Session(c, s.opt.Hash, s.opt.Now())
	if err != nil {
		return nil, err
	}
	if s.opt.Full != nil && s.opt.Full() != nil {
		return s.startUnstored(ctx, x)
	}
	x.Sampled = c.Sampled(x.Number)
	x.Debug = r.Debug() && s.opt.Recorder.Admit(x.ID)
	layout, err := s.layouts.Discover(ctx, x)
	if err != nil {
		return nil, s.fault(err, x)
	}
	x.Layout = layout.ID
	b, err := json.Marshal(x)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	fact := avail.Fact{Key: records.SessionKey, Value: b, Adds: report.Session(x)}
	if fact.Found, err = search.AtStart(x); err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	away := s.away()
	made, err := s.opt.Facts.Append(ctx, records.SessionOwner(x.ID), stitch.FirstTTL, 0, fact)
	if err == nil {
		away = time.Time{}
	} else if s.opt.Shared && errors.Is(err, store.ErrUnavailable) {
		// Until the store is back only this node knows the session; but a write that the
		// outage began with may have been done.
		_, err = s.opt.Facts.Create(ctx, records.SessionOwner(x.ID), stitch.FirstTTL, fact)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: write session %s: %w", store.ErrFailed, x.ID, err)
	}
	opened, err := s.open(ctx, x, nil, made.Rev)
	if err != nil {
		return nil, s.fault(err, x)
	}
	opened.Lock()
	opened.Outages.Lone = away
	opened.Unlock()
	s.prepare(layout, settings.Clips(c.Name))
	s.events.Event(x, eventlog.SessionInitialized, "", slog.String("assetPath", x.Asset), slog.String("reportingMode", x.Reporting))
	return x, nil
}

// Warm has creatives prepared for an asset of a configuration before the first
// viewer comes: a creative that is seen for the first time in an avail is not
// shown (field failure B-56). It waits until each is ready or has failed.
func (s *Service) Warm(ctx context.Context, configuration, asset string, creatives []avail.Creative) error {
	c, err := s.configuration(configuration)
	if err != nil {
		return err
	}
	template, err := layouts.TemplateURL(c.ContentSource(), asset, "")
	if err != nil {
		return err
	}
	l, err := s.layouts.Discover(ctx, &playback.Session{Template: template, Protocol: playback.ProtocolOf(asset)})
	if err != nil {
		return err
	}
	profile, err := s.profiles.Await(ctx, l, true)
	if err != nil {
		return err
	}
	settings, err := ads.SettingsOf(c, nil, true)
	if err != nil {
		return err
	}
	for _, creative := range append(settings.Clips(c.Name), creatives...) {
		creative.Configuration = c.Name
		for {
			_, reason := s.opt.Profiles.Lookup(ctx, profile, creative)
			if reason != avail.CreativeNew && reason != avail.CreativeTranscoding {
				break
			}
			if !pause.For(ctx, placing.StepPause) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// Resume is the session of an id.
func (s *Service) Resume(ctx context.Context, configuration, id string) (*playback.Session, error) {
	x, err := s.session(ctx, configuration, id)
	if err != nil {
		return nil, err
	}
	return x.Session, nil
}

// Multivariant appends the session's multivariant playlist to dst. Its media
// playlists are prefix + n + ".m3u8".
func (s *Service) Multivariant(ctx context.Context, p *playback.Session, prefix string, dst []byte) ([]byte, error) {
	l, err := s.layoutOf(ctx, p)
	if err != nil {
		return nil, s.fault(err, p)
	}
	suffix := ""
	if p.ManifestQuery != "" {
		suffix = "?" + p.ManifestQuery
	}
	return l.Multivariant.Append(dst, prefix, suffix), nil
}

func (s *Service) configuration(name string) (*config.Configuration, error) {
	c, err := s.opt.Configurations.Configuration(name)
	if errors.Is(err, config.ErrNotFound) {
		return nil, fault.NotFound("playback configuration %q does not exist", name)
	}
	return c, err
}

// prepare has a layout's profile derived, off the request path, so that the
// first avail finds it ready; and the slate and the bumpers with it.
func (s *Service) prepare(l *layouts.Layout, clips []avail.Creative) {
	s.profiles.Want(l, clips...)
}
