package stitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
)

const (
	sessionKey = "session"

	reportingServer = "server"
	reportingClient = "client"
	// reportingHybrid sends beacons and gives the tracking document too:
	// "server" asked for in an explicit session (reference §2.2).
	reportingHybrid = "hybrid"

	// firstTTL is how long a session is kept that was never played.
	firstTTL = 10 * time.Minute
	// leastTTL is the least time that an idle session is kept.
	leastTTL = 60 * time.Second
)

// Start makes a session. It is stored before it is returned.
func (s *Service) Start(ctx context.Context, r StartRequest) (*playback.Session, error) {
	c, err := s.configuration(r.Configuration)
	if err != nil {
		return nil, err
	}
	if s.sessions.full() {
		return nil, &Error{Status: 503, Type: "ThrottlingException", Public: "there are too many sessions"}
	}
	if m := r.Features["logMode"]; m != "" && m != "DEBUG" && m != "DISABLED" {
		return nil, badRequest("aws.logMode %q is neither DEBUG nor DISABLED", m)
	}
	source, err := c.Resolve(c.ContentSource(), r.PlayerParams)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	adPrefix, err := c.Resolve(c.AdPrefix(), r.PlayerParams)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	contentPrefix, err := c.Resolve(c.ContentPrefix(), r.PlayerParams)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	x := &playback.Session{
		ID: uuid.NewString(), Number: rand.Uint64() >> 1, Configuration: r.Configuration,
		Created: s.opt.Now().UTC(), Asset: r.Asset, Reporting: reporting(r),
		AdsParams: r.AdsParams, PlayerParams: r.PlayerParams, ManifestQuery: r.ManifestQuery,
		AdPrefix: adPrefix, ContentPrefix: contentPrefix, Source: source,
		Passthrough: c.Passthrough(), StreamID: r.Features["streamId"], Viewer: r.Viewer,
	}
	if x.Template, err = templateURL(source, r.Asset, r.OriginQuery); err != nil {
		return nil, &Error{Status: 502, Type: "BadGatewayException", Public: "the content source of the playback configuration is not a URL", Err: err}
	}
	layout, err := s.layouts.discover(ctx, x)
	if err != nil {
		return nil, s.fault(err, x)
	}
	x.Layout = layout.ID
	b, err := json.Marshal(x)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	if _, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), firstTTL, avail.Fact{Key: sessionKey, Value: b}); err != nil {
		return nil, fmt.Errorf("%w: write session %s: %w", errStore, x.ID, err)
	}
	if _, err := s.open(ctx, x, nil); err != nil {
		return nil, s.fault(err, x)
	}
	s.prepare(layout, c)
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
	template, err := templateURL(c.ContentSource(), asset, "")
	if err != nil {
		return err
	}
	l, err := s.layouts.discover(ctx, &playback.Session{Template: template})
	if err != nil {
		return err
	}
	profile, err := s.profile(ctx, l)
	if err != nil {
		return err
	}
	if slate := c.Slate(); slate != "" {
		creatives = append(creatives, avail.Creative{Key: slate, URL: slate})
	}
	for _, creative := range creatives {
		for {
			_, reason := s.opt.Profiles.Lookup(ctx, profile, creative)
			if reason != avail.CreativeNew && reason != avail.CreativeTranscoding {
				break
			}
			if !sleep(ctx, stepPause) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// reporting is who sends the beacons: the player in explicit sessions unless it
// says otherwise, stitcher in implicit ones.
func reporting(r StartRequest) string {
	mode := strings.ToLower(r.Features["reportingMode"])
	switch {
	case r.Explicit && mode == reportingServer:
		return reportingHybrid
	case r.Explicit || mode == reportingClient:
		return reportingClient
	}
	return reportingServer
}

// templateURL appends the asset's escaped path to the content source. Both
// queries are kept, the source's first.
func templateURL(source, asset, query string) (string, error) {
	u, err := url.Parse(source)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("content source %q is not an http URL", source)
	}
	q := u.RawQuery
	if q != "" && query != "" {
		q += "&"
	}
	q += query
	out := u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/") + "/" + asset
	if q != "" {
		out += "?" + q
	}
	return out, nil
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
	l, err := s.layouts.get(ctx, p)
	if err != nil {
		return nil, s.fault(err, p)
	}
	suffix := ""
	if p.ManifestQuery != "" {
		suffix = "?" + p.ManifestQuery
	}
	return l.multivariant.Append(dst, prefix, suffix), nil
}

func (s *Service) configuration(name string) (*playback.Configuration, error) {
	c, err := s.opt.Configurations.Configuration(name)
	if errors.Is(err, playback.ErrNotFound) {
		return nil, notFound("playback configuration %q does not exist", name)
	}
	return c, err
}

// session is the session of an id, read back from the store if it is not in
// memory. Sessions of a deleted configuration are gone.
func (s *Service) session(ctx context.Context, configuration, id string) (*session, error) {
	if _, err := s.configuration(configuration); err != nil {
		return nil, err
	}
	now := s.opt.Now()
	if x := s.sessions.get(id); x != nil {
		if x.Configuration != configuration {
			return nil, notFound("session %s does not exist", id)
		}
		x.used.Store(now.UnixMicro())
		return x, nil
	}
	if _, err := uuid.Parse(id); err != nil {
		return nil, badRequest("session id %q is not a UUID", id)
	}
	if s.sessions.absent(id, now) {
		return nil, notFound("session %s does not exist", id)
	}
	stored, err := s.opt.Facts.Load(ctx, sessionOwner(id))
	if err != nil {
		return nil, fmt.Errorf("%w: read session %s: %w", errStore, id, err)
	}
	for _, f := range stored {
		if f.Key != sessionKey {
			continue
		}
		var p playback.Session
		if err := json.Unmarshal(f.Value, &p); err != nil {
			return nil, fmt.Errorf("%w: session %s: %w", errStore, id, err)
		}
		if p.Configuration != configuration {
			break
		}
		x, err := s.open(ctx, &p, stored)
		if err != nil {
			return nil, s.fault(err, &p)
		}
		return x, nil
	}
	s.sessions.missing(id, now)
	return nil, notFound("session %s does not exist", id)
}

// open puts a stored session into memory.
func (s *Service) open(ctx context.Context, p *playback.Session, stored []avail.Fact) (*session, error) {
	l, err := s.layouts.get(ctx, p)
	if err != nil {
		return nil, err
	}
	stream, err := s.streams.get(ctx, l.Stream)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	c, err := s.configuration(p.Configuration)
	if err != nil {
		return nil, err
	}
	x := &session{
		Session: p, layout: &l.Layout, stream: stream, facts: s.opt.Facts, assets: s.opt.Assets,
		decider: asker{s}, now: s.opt.Now, log: s.opt.Log,
		rules: Rules{Budget: c.LiveBudget(), TTL: firstTTL, Refresh: origin.Refresh},
		options: hls.Options{
			ContentFrom: contentFrom(p), ContentTo: p.ContentPrefix, Query: p.ManifestQuery,
			Passthrough: p.Passthrough, Variables: l.multivariant.Variables,
		},
	}
	x.variant = origin.Variant(x.options)
	x.prefix = newPrefixes(s.opt.Hash, p, len(l.Renditions))
	x.ttl.Store(firstTTL.Microseconds())
	x.used.Store(s.opt.Now().UnixMicro())
	if err := x.recall(stored); err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	return s.sessions.put(x), nil
}

// contentFrom is what the content prefix replaces in segment URIs.
func contentFrom(p *playback.Session) string {
	if p.ContentPrefix == "" {
		return ""
	}
	return p.Source
}

// keep extends the session's and its records' time: ten windows after the last
// request (reference §2.3), told to the store at most once in a quarter of it.
func (s *Service) keep(ctx context.Context, x *session, ref *origin.View) {
	ttl := max(leastTTL, 10*time.Duration(ref.Edge()-ref.Start())*time.Microsecond)
	x.rules.TTL = ttl
	x.ttl.Store(ttl.Microseconds())
	now := s.opt.Now()
	if now.Sub(x.touched) < ttl/4 {
		return
	}
	if err := s.opt.Facts.Touch(ctx, sessionOwner(x.ID), ttl); err != nil {
		s.opt.Log.Warn("session's time is not extended", "session", x.ID, "err", err)
		return
	}
	if err := s.opt.Facts.Touch(ctx, layoutOwner(x.Layout), layoutTTL); err != nil {
		s.opt.Log.Warn("layout's time is not extended", "session", x.ID, "err", err)
	}
	x.touched = now
}

// Run keeps the house until ctx ends: idle sessions leave memory.
func (s *Service) Run(ctx context.Context) {
	for sleep(ctx, 5*time.Second) {
		s.sessions.sweep(s.opt.Now())
		s.opt.Metrics.sessions.Set(float64(s.sessions.count.Load()))
	}
}
