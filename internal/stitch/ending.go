package stitch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/records"
)

// FirstTTL is how long a session is kept that was never played.
const FirstTTL = 2 * time.Minute

// leastTTL is the least time that an idle session is kept.
const leastTTL = 60 * time.Second

// MostTTL is the most unless the operator sets another: a window of hours does not
// make a session live for days.
const MostTTL = time.Hour

// windowTTL is how long a session is kept after its last request: ten windows
// (reference §2.3), within bounds.
func windowTTL(ref *origin.View, longest time.Duration) time.Duration {
	return min(max(leastTTL, 10*time.Duration(ref.Edge()-ref.Start())*time.Microsecond), cmp.Or(longest, MostTTL))
}

// Lifetime is how long the session is kept.
func (s *Playback) Lifetime() time.Duration { return time.Duration(s.ttl.Load()) * time.Microsecond }

// End closes the accounts of a session that is not asked for any more, unless
// another node goes on with it.
func (s *Playback) End(ctx context.Context) {
	s.Lock()
	defer s.Unlock()
	for range MaxReplans {
		err := s.leaveAll(ctx)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrMoved) {
			s.env.Log.Warn("close the accounts of a session", "session", s.ID, "err", err)
			return
		}
	}
}

func (s *Playback) leaveAll(ctx context.Context) error {
	expires, err := s.Facts.Expires(ctx, records.SessionOwner(s.ID))
	if err != nil {
		return err
	}
	s.over = expires.IsZero()
	if s.env.Shared {
		if expires.IsZero() || expires.Sub(s.env.Now()) >= s.Lifetime() {
			return nil // it is over everywhere, or another node has kept it since
		}
		if err := s.Read(ctx); err != nil {
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
