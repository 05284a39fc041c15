package stitch

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

const (
	// firstTTL is how long a session is kept that was never played.
	firstTTL = 2 * time.Minute
	// leastTTL is the least time that an idle session is kept.
	leastTTL = 60 * time.Second
	// mostTTL is the most unless the operator sets another: a window of hours does not
	// make a session live for days.
	mostTTL = time.Hour
	// touchRetry bounds the last telling of the store, when the service ends.
	touchRetry = 5 * time.Second
	// sweepEvery is how often sessions that are over leave memory.
	sweepEvery = 5 * time.Second
)

// windowTTL is how long a session is kept after its last request: ten windows
// (reference §2.3), within bounds.
func windowTTL(ref *origin.View, longest time.Duration) time.Duration {
	return min(max(leastTTL, 10*time.Duration(ref.Edge()-ref.Start())*time.Microsecond), cmp.Or(longest, mostTTL))
}

// lifetime is how long the session is kept.
func (s *session) lifetime() time.Duration { return time.Duration(s.ttl.Load()) * time.Microsecond }

// expired is whether the session was not asked for within its time.
func (s *session) expired(now time.Time) bool {
	return now.UnixMicro()-s.used.Load() > s.ttl.Load()
}

// keep extends the time of the session's records: whatever a player asks for
// and however it is answered, its session is in use. The store is told at most
// once in a quarter of that time.
func (s *Service) keep(x *session) {
	now := s.opt.Now()
	x.used.Store(now.UnixMicro())
	ttl := x.ttl.Load()
	told := x.told.Load()
	if left := told - now.UnixMicro(); left >= ttl && left <= ttl+ttl/3 {
		return
	}
	if !x.told.CompareAndSwap(told, now.UnixMicro()+ttl+ttl/4) {
		return // another request does it
	}
	s.touches.add(sessionOwner(x.ID), time.Duration(ttl+ttl/4)*time.Microsecond)
	s.touches.layout(x.Layout, now)
}

// Run keeps the house until ctx ends: sessions that are over leave memory, and the
// store is told which are in use.
func (s *Service) Run(ctx context.Context) {
	swept := s.opt.Now()
	freed := swept
	// Sessions that end share transactions of the store.
	leaving := make(chan struct{}, 256)
	var left sync.WaitGroup
	defer left.Wait()
	for sleep(ctx, touchEvery) {
		s.flush(ctx)
		now := s.opt.Now()
		if now.Sub(swept) < sweepEvery {
			continue
		}
		swept = now
		if now.Sub(freed) >= idleEvery {
			freed = now
			s.free(now)
		}
		s.relieve(now, maxTimes)
		for _, x := range s.sessions.sweep(now) {
			leaving <- struct{}{}
			left.Go(func() {
				defer func() { <-leaving }()
				x.gone(ctx)
				s.left(x)
			})
		}
		s.opt.Metrics.sessions.Set(float64(s.sessions.count.Load()))
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchRetry)
	defer cancel()
	s.flush(end)
}

func (s *Service) flush(ctx context.Context) {
	if err := s.touches.flush(ctx, s.opt.Facts.Touch); err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("extend the lifetime of sessions", "err", err)
	}
}

// gone closes the accounts of a session that is not asked for any more, unless
// another node goes on with it.
func (s *session) gone(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.leaveTurn()
	for range maxReplans {
		err := s.leaveAll(ctx)
		if err == nil {
			return
		}
		if !errors.Is(err, errMoved) {
			s.log.Warn("close the accounts of a session", "session", s.ID, "err", err)
			return
		}
	}
}

func (s *session) leaveAll(ctx context.Context) error {
	expires, err := s.facts.Expires(ctx, sessionOwner(s.ID))
	if err != nil {
		return err
	}
	s.over = expires.IsZero()
	if s.shared {
		if expires.IsZero() || expires.Sub(s.now()) >= s.lifetime() {
			return nil // it is over everywhere, or another node has kept it since
		}
		if err := s.read(ctx); err != nil {
			return err
		}
	}
	for _, r := range s.runs {
		if err := s.abandon(ctx, r, ""); err != nil {
			return err
		}
	}
	return nil
}

// book counts an avail of the session that is over.
func (s *Service) book(p *session, a avail.Account) {
	s.opt.Metrics.booked(p.Configuration, a)
	s.opt.Log.Debug("an avail is over", "session", p.ID, "avail", a.Key.String(), "duration", a.Duration,
		"filled", a.Filled, "slate", a.Slate, "unfilled", a.Unfilled, "change", a.Change)
}
