package service

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/unstored"
	"stitcher/internal/store"
)

// session is the session of an id, read back from the store if it is not in
// memory. Sessions of a deleted configuration are gone.
func (s *Service) session(ctx context.Context, configuration, id string) (*viewing, error) {
	if _, err := s.configuration(configuration); err != nil {
		return nil, err
	}
	now := s.opt.Now()
	if x := s.sessions.Get(id); x != nil {
		if x.Configuration != configuration {
			return nil, fault.NotFound("session %s does not exist", id)
		}
		if !x.Expired(now) {
			s.keep(x)
			return x, nil
		}
		// Whether it is over the store knows, as it does on every other node.
		s.sessions.Drop(x)
		x.End(context.WithoutCancel(ctx))
		s.left(x)
	}
	if _, err := uuid.Parse(id); err != nil {
		return nil, fault.BadRequest("session id %q is not a UUID", id)
	}
	if s.sessions.Absent(id, now) {
		return nil, fault.NotFound("session %s does not exist", id)
	}
	ctx = store.Patiently(ctx) // there is no answer without the session
	p, stored, rev, err := known.Load(ctx, s.opt.Facts, id)
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
		s.touches.Add(records.SessionOwner(id), stitch.FirstTTL)
		return x, nil
	}
	s.sessions.Missing(id, now)
	return nil, fault.NotFound("session %s does not exist", id)
}

// room makes sure that there is a place for one more session in memory: where there
// is none, one that is not in use gives way. It says whether there is one.
func (s *Service) room(ctx context.Context) bool {
	if x, ok := s.sessions.GiveWay(s.opt.Now()); ok {
		s.opt.Metrics.evicted.Inc()
		x.End(context.WithoutCancel(ctx))
		s.left(x)
	}
	return !s.sessions.Full()
}

// open puts a stored session into memory.
func (s *Service) open(ctx context.Context, p *playback.Session, stored []avail.Fact, rev int64) (*viewing, error) {
	l, err := s.layoutOf(ctx, p)
	if err != nil {
		return nil, err
	}
	facts := s.opt.Facts
	open := s.streams.Get
	if p.Unstored {
		facts, open = unstored.Facts{}, s.streams.Unstored
	}
	stream, err := open(ctx, l.Stream)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrFailed, err)
	}
	c, err := s.configuration(p.Configuration)
	if err != nil {
		return nil, err
	}
	play, err := stitch.New(s.env, &stitch.Options{
		Session: p, Layout: &l.Layout, Stream: stream, Facts: facts, Assets: s.profiles.NamedAssets(s.opt.Assets, l),
		Outages: outage.Watch{List: s.outages()}, Rules: stitch.Rules{Budget: c.LiveBudget(), Whole: c.VODBudget()},
	}, stored, rev)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrFailed, err)
	}
	x := &viewing{
		Subject: placing.Subject{Playback: play, Options: playlists.OptionsOf(p)}, mpd: l.MPD, hash: s.opt.Hash, inspected: s.opt.Inspector.Chosen(p.Number),
		prefix: hlsplan.NewPrefixes(s.assetPrefix, s.opt.Hash, p),
	}
	if l.Multivariant != nil {
		x.Options.Variables = l.Multivariant.Variables
	}
	x.Variant = playlists.Variant(x.Options)
	if s.opt.Recorder != nil && recorded(c, p) {
		x.recorded = &recording.Subject{
			Session: p, Layout: x.Layout, Facts: facts, Assets: x.Assets, Variables: x.Options.Variables, Hash: s.opt.Hash,
			RawAds: c.OptsIn("RAW_ADS_RESPONSE"),
		}
		if l.MPD != nil {
			x.recorded.Tracks = l.MPD.Names
		}
	}
	now := s.opt.Now().UnixMicro()
	x.used.Store(now)
	x.told.Store(now + x.Lifetime().Microseconds())
	return s.sessions.Put(x), nil
}

// recorded is whether the answers of a session are recorded: those of DEBUG sessions
// always, those of sampled sessions unless the configuration excludes the events that
// MediaTailor logs of them (reference §8.2).
func recorded(c *config.Configuration, p *playback.Session) bool {
	return p.Debug || p.Sampled && c.Logs("GENERATED_MANIFEST") && c.Logs("ORIGIN_MANIFEST")
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
