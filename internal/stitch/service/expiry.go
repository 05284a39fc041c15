package service

import (
	"context"
	"sync"
	"time"

	"stitcher/internal/pause"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service/touches"
)

const (
	// touchRetry bounds the last telling of the store, when the service ends.
	touchRetry = 5 * time.Second
	// sweepEvery is how often sessions that are over leave memory.
	sweepEvery = 5 * time.Second
)

// keep extends the time of the session's records: whatever a player asks for
// and however it is answered, its session is in use. The store is told at most
// once in a quarter of that time.
func (s *Service) keep(x *viewing) {
	now := s.opt.Now()
	x.used.Store(now.UnixMicro())
	ttl := x.Lifetime().Microseconds()
	told := x.told.Load()
	if left := told - now.UnixMicro(); left >= ttl && left <= ttl+ttl/3 {
		return
	}
	if !x.told.CompareAndSwap(told, now.UnixMicro()+ttl+ttl/4) {
		return // another request does it
	}
	s.touches.Add(records.SessionOwner(x.ID), time.Duration(ttl+ttl/4)*time.Microsecond)
	s.touches.Layout(x.Session.Layout, now)
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
	for pause.For(ctx, touches.Every) {
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
		s.streams.Relieve(now)
		for _, x := range s.sessions.Sweep(now) {
			leaving <- struct{}{}
			left.Go(func() {
				defer func() { <-leaving }()
				x.End(ctx)
				s.left(x)
			})
		}
		s.opt.Metrics.sessions.Set(float64(s.sessions.Count()))
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchRetry)
	defer cancel()
	s.flush(end)
}

func (s *Service) flush(ctx context.Context) {
	if err := s.touches.Flush(ctx, s.opt.Facts.Touch); err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("extend the lifetime of sessions", "err", err)
	}
}
