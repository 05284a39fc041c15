package stitch

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
)

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
		if !x.expired(now) {
			s.keep(ctx, x)
			return x, nil
		}
		// Whether it is over the store knows, as it does on every other node.
		s.sessions.drop(x)
		x.gone()
		s.left(x)
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
		// It is in use, and how long its window is shows with its first answer.
		if _, err := s.opt.Facts.Create(ctx, sessionOwner(id), firstTTL); err != nil {
			s.opt.Log.Warn("session's time is not extended", "session", id, "err", err)
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
		Session: p, layout: &l.Layout, stream: stream, facts: s.opt.Facts, assets: &layoutAssets{s.opt.Assets, s.profiles, l},
		decider: asker{s}, now: s.opt.Now, log: s.opt.Log, turns: s.opt.Turns,
		rules: Rules{Budget: c.LiveBudget(), Whole: c.VODBudget(), Refresh: origin.Refresh},
		options: hls.Options{
			ContentFrom: contentFrom(p), ContentTo: p.ContentPrefix, Query: p.ManifestQuery,
			Passthrough: p.Passthrough, Variables: l.multivariant.Variables,
		},
	}
	x.variant = origin.Variant(x.options)
	x.prefix = newPrefixes(s.opt.Hash, p, len(l.Renditions))
	now := s.opt.Now().UnixMicro()
	x.booked = func(a avail.Account) { s.book(x, a) }
	x.unshown = func(list []*avail.Ad, reason avail.Reason) { s.unshown(x.Session, list, reason) }
	x.cutShort = func(key avail.Key, dropped int) { s.cutShort(x.Session, key, dropped) }
	x.ttl.Store(firstTTL.Microseconds())
	x.used.Store(now)
	x.told.Store(now + x.ttl.Load())
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
