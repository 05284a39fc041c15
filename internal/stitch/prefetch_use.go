package stitch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/playback/prefetch"
)

// prefetchPause is how long a request waits where a set may fill a new avail:
// that takes a read of the store, and the playlist that first shows the avail can
// show its ads.
const prefetchPause = 100 * time.Millisecond

// prefetched is what was retrieved for an avail like this, nil if nothing was.
// Each set is given to one avail. The record is told where the ads are from.
func (s *Service) prefetched(ctx context.Context, x *session, request *ads.Request, record *Record) *ads.Offers {
	if request.Avail.Static || !x.prefetches.any() && len(s.opt.Schedules.Active(x.Configuration, x.StreamID, s.opt.Now())) == 0 {
		return nil
	}
	// Another node may have retrieved, or used, what this one knows nothing of.
	stored, _, err := s.opt.Facts.Since(ctx, sessionOwner(x.ID), 0)
	if err == nil {
		err = x.prefetches.recallAll(stored)
	}
	if err != nil {
		s.opt.Log.Warn("read prefetches", "session", x.ID, "avail", request.Avail.String(), "err", err)
		return nil
	}
	for _, w := range x.prefetches.waiting() {
		if !s.mayHave(x, w, request) {
			continue
		}
		got, err := s.give(ctx, x, w.round, request.Avail.Key, stored)
		if err != nil {
			s.opt.Log.Warn("a prefetch can't be used", "session", x.ID, "schedule", w.schedule, "avail", request.Avail.String(), "err", err)
		}
		if got != nil {
			record.Prefetch, record.Request = w.schedule, got.Request
			return &got.Offers
		}
	}
	return nil
}

// mayHave is whether an avail may have a set: its schedule is still there, its
// consumption is open and the avail is like what was asked for (reference §1.5).
func (s *Service) mayHave(x *session, w set, request *ads.Request) bool {
	now := s.opt.Now()
	if w.avail != "" && w.avail != request.Avail.String() || now.UnixMicro() >= w.expires {
		return false
	}
	p, err := s.opt.Schedules.Schedule(x.Configuration, w.schedule)
	if err != nil || p.Created.UnixMicro() != w.created {
		return false // it was deleted
	}
	return p.ConsumptionOpen(now) && prefetch.Matches(p.Consumption.Criteria, p.Retrieval.Variables, func(name string) string {
		return ads.Value(*request, name)
	})
}

// give gives a round's ads to an avail, nil if another has them. stored are the
// session's facts.
func (s *Service) give(ctx context.Context, x *session, r round, key avail.Key, stored []avail.Fact) (*retrieved, error) {
	got, err := retrievedBy(stored, r)
	if err != nil {
		return nil, err
	}
	has, err := s.finishRound(ctx, x, r, key.String())
	if err != nil || has != key.String() {
		return nil, err
	}
	if x.prefetches.drop(r) {
		s.opt.Metrics.prefetches.WithLabelValues(prefetchUsed).Inc()
		s.opt.Log.Debug("a prefetch is used", "session", x.ID, "schedule", r.schedule, "avail", has)
	}
	return got, nil
}

// retrievedBy is what a round brought.
func retrievedBy(stored []avail.Fact, r round) (*retrieved, error) {
	for _, f := range stored {
		if f.Key != "prefetch/"+r.String() {
			continue
		}
		got := &retrieved{}
		if err := json.Unmarshal(f.Value, got); err != nil {
			return nil, fmt.Errorf("prefetch %s: %w", r, err)
		}
		return got, nil
	}
	return nil, fmt.Errorf("prefetch %s is not in the store", r)
}

// finishRound records what became of a round's ads, the avail that has them or
// that they expired, and answers what it was.
func (s *Service) finishRound(ctx context.Context, x *session, r round, own string) (string, error) {
	stored, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetched/" + r.String(), Value: []byte(own)})
	if err != nil {
		return "", fmt.Errorf("write prefetch %s: %w", r, err)
	}
	if has := string(stored[0].Value); has != own {
		x.prefetches.drop(r)
		return has, nil
	}
	return own, nil
}

// expire ends the sets that may no longer be used, each once whatever process
// comes to it first.
func (s *Service) expire(x *session, now time.Time) {
	for _, w := range x.prefetches.waiting() {
		if now.UnixMicro() < w.expires || !x.prefetches.drop(w.round) {
			continue
		}
		has, err := s.finishRound(s.background, x, w.round, prefetchExpired)
		if err != nil {
			s.opt.Log.Warn("record prefetch expiry", "session", x.ID, "schedule", w.schedule, "err", err)
		}
		if w.avail == "" && (err != nil || has == prefetchExpired) {
			s.expired(x, w, "no avail matched in time")
		}
	}
}

// left ends the sets of a session that nobody asks for any more.
func (s *Service) left(x *session) {
	if x.recorder != nil {
		x.recorder.leave(x)
	}
	for _, w := range x.prefetches.waiting() {
		if x.prefetches.drop(w.round) && w.avail == "" {
			s.expired(x, w, "the viewer has left")
		}
	}
}

func (s *Service) expired(x *session, w set, why string) {
	s.opt.Metrics.prefetches.WithLabelValues(prefetchExpired).Inc()
	s.opt.Log.Info("a prefetch is not used", "session", x.ID, "schedule", w.schedule, "outcome", prefetchExpired, "why", why)
}
