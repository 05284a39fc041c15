package stitch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/store"
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
			s.keep(x)
			return x, nil
		}
		// Whether it is over the store knows, as it does on every other node.
		s.sessions.drop(x)
		x.gone(context.WithoutCancel(ctx))
		s.left(x)
	}
	if _, err := uuid.Parse(id); err != nil {
		return nil, badRequest("session id %q is not a UUID", id)
	}
	if s.sessions.absent(id, now) {
		return nil, notFound("session %s does not exist", id)
	}
	ctx = store.Patiently(ctx) // there is no answer without the session
	p, stored, rev, err := s.load(ctx, id)
	if err != nil {
		return nil, s.fault(fmt.Errorf("%w: read session %s: %w", store.ErrFailed, id, err), nil)
	}
	if p != nil && p.Configuration == configuration {
		s.room(ctx) // a session that exists is played in any case
		x, err := s.open(ctx, p, stored, rev)
		if err != nil {
			return nil, s.fault(err, p)
		}
		// It is in use, and how long its window is shows with its first answer.
		s.touches.add(sessionOwner(id), firstTTL)
		return x, nil
	}
	s.sessions.missing(id, now)
	return nil, notFound("session %s does not exist", id)
}

// room makes sure that there is a place for one more session in memory: where there
// is none, one that is not in use gives way. It says whether there is one.
func (s *Service) room(ctx context.Context) bool {
	if x := s.sessions.giveWay(s.opt.Now()); x != nil {
		s.opt.Metrics.evicted.Inc()
		x.gone(context.WithoutCancel(ctx))
		s.left(x)
	}
	return !s.sessions.full()
}

// load reads a session, and of its records those that are not summed up; nil
// where there is none.
func (s *Service) load(ctx context.Context, id string) (*playback.Session, []avail.Fact, int64, error) {
	summed := func(got []avail.Fact) (int64, error) {
		var sums fold
		if b := got[1].Value; b != nil {
			if err := decodeRecord(b, &sums); err != nil {
				return 0, err
			}
		}
		return sums.Rev, nil
	}
	got, news, rev, err := store.ReadNewest(ctx, s.opt.Facts, sessionOwner(id), summed, sessionKey, foldKey)
	if err != nil || got[0].Value == nil {
		return nil, nil, 0, err
	}
	p := &playback.Session{}
	if err := json.Unmarshal(got[0].Value, p); err != nil {
		return nil, nil, 0, err
	}
	if got[1].Value == nil {
		return p, news, rev, nil
	}
	return p, append(got[1:], news...), rev, nil
}

// open puts a stored session into memory.
func (s *Service) open(ctx context.Context, p *playback.Session, stored []avail.Fact, rev int64) (*session, error) {
	l, err := s.layoutOf(ctx, p)
	if err != nil {
		return nil, err
	}
	facts := s.opt.Facts
	open := s.streams.get
	if p.Unstored {
		facts, open = unstored{}, s.streams.unstored
	}
	stream, err := open(ctx, l.Stream)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrFailed, err)
	}
	c, err := s.configuration(p.Configuration)
	if err != nil {
		return nil, err
	}
	x := &session{
		Session: p, layout: &l.Layout, stream: stream, facts: facts, assets: s.profiles.NamedAssets(s.opt.Assets, l),
		decider: asker{s}, now: s.opt.Now, log: s.opt.Log, turns: s.opt.Turns,
		shared: s.opt.Shared, node: s.opt.Node, outages: s.outages(), mpd: l.MPD, hash: s.opt.Hash,
		rules:   Rules{Budget: c.LiveBudget(), Whole: c.VODBudget(), Refresh: manifests.Refresh, Longest: s.opt.SessionTTL},
		options: optionsOf(p),
	}
	if s.opt.Recorder != nil && recorded(c, p) {
		x.recorder, x.rawAds = s.opt.Recorder, c.OptsIn("RAW_ADS_RESPONSE")
	}
	x.inspected = s.opt.Inspector.Chosen(p.Number)
	if l.Multivariant != nil {
		x.options.Variables = l.Multivariant.Variables
	}
	x.variant = playlists.Variant(x.options)
	x.prefix = newPrefixes(s.assetPrefix, s.opt.Hash, p)
	now := s.opt.Now().UnixMicro()
	x.booked = func(a avail.Account) { s.book(x, a) }
	x.unshown = func(list []*avail.Ad, reason avail.Reason) { s.unshown(x.Session, list, reason) }
	x.cutShort = func(key avail.Key, dropped int) { s.cutShort(x.Session, key, dropped) }
	x.ttl.Store(firstTTL.Microseconds())
	x.used.Store(now)
	x.told.Store(now + x.ttl.Load())
	if err := x.recall(stored, rev); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrFailed, err)
	}
	return s.sessions.put(x), nil
}

// optionsOf are what a session's playlists are compiled with.
func optionsOf(p *playback.Session) hls.Options {
	return hls.Options{
		ContentFrom: contentFrom(p), ContentTo: p.ContentPrefix, Query: p.ManifestQuery,
		Passthrough: p.Passthrough,
	}
}

// recorded is whether the answers of a session are recorded: those of DEBUG sessions
// always, those of sampled sessions unless the configuration excludes the events that
// MediaTailor logs of them (reference §8.2).
func recorded(c *config.Configuration, p *playback.Session) bool {
	return p.Debug || p.Sampled && c.Logs("GENERATED_MANIFEST") && c.Logs("ORIGIN_MANIFEST")
}

// contentFrom is what the content prefix replaces in segment URIs.
func contentFrom(p *playback.Session) string {
	if p.ContentPrefix == "" {
		return ""
	}
	return p.Source
}

// outages is what sessions ask whether they can know what other nodes show.
func (s *Service) outages() func() []store.Outage {
	if !s.opt.Shared {
		return nil
	}
	return s.opt.Outages
}

// away is since when the store that nodes share cannot be reached; zero where it can.
func (s *Service) away() time.Time {
	if s.opt.Shared && s.opt.Outages != nil {
		if list := s.opt.Outages(); len(list) > 0 && list[len(list)-1].Ended.IsZero() {
			return list[len(list)-1].Began
		}
	}
	return time.Time{}
}
