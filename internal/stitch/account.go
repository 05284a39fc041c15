package stitch

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
	"stitcher/internal/stitch/pods"
)

// closed is whether the account of an avail is closed.
func (s *Playback) closed(key avail.Key) bool {
	_, ok := s.known.Accounts.Get(key)
	return ok
}

// book closes the account of an avail whose end is known, once whatever node
// comes to it first.
func (s *Playback) book(ctx context.Context, f *pods.Fill, sp *origin.Span) error {
	if f.Booked || sp.End == origin.Open || !f.Content && f.Back == pods.Unknown {
		return nil
	}
	end, ok := sp.Time(sp.End)
	if !ok {
		return nil
	}
	a, err := s.close(ctx, f, sp, end, avail.EarlyReturn)
	if err != nil {
		return err
	}
	if a.Dropped > 0 && sp.Duration > 0 && s.env.Audience != nil {
		s.env.Audience.CutShort(s.Session, sp.Key, a.Dropped)
	}
	s.ended(sp)
	return nil
}

// ended has the next prefetch follow an avail of the stream that is over.
func (s *Playback) ended(sp *origin.Span) {
	if s.known.OwnOf(sp) == nil && !sp.Static {
		s.known.Prefetches.Over(sp)
	}
}

// finish lists what the last playlist before a restart shows of a run's pods.
func (s *Playback) finish(ctx context.Context, r *pods.Run) error {
	final := s.Stream.Final(r.Epoch.Index)
	if final == nil {
		return nil
	}
	r.Edge = max(r.Edge, final.Edge())
	for _, sp := range r.Open(s.Spans(r.Epoch.Index)) {
		if f := r.Find(sp.Sequence); f != nil && !f.Content && f.Back == pods.Unknown {
			if err := s.proceed(ctx, r, f, sp, final); err != nil {
				return err
			}
		}
	}
	return nil
}

// abandon closes the accounts of a run that is not played any more: the origin
// has started again, or the viewer has left. An avail ends for this session
// where the session last saw it.
func (s *Playback) abandon(ctx context.Context, r *pods.Run, cause avail.Reason) error {
	for _, sp := range r.Open(s.Spans(r.Epoch.Index)) {
		if sp.Static || sp.Start >= r.Edge || sp.End != origin.Open && sp.End <= r.Begin {
			continue
		}
		f := r.Find(sp.Sequence)
		if f == nil {
			if s.pendings[sp.Key] == nil {
				continue // the session has not come to it
			}
			f = &pods.Fill{Key: sp.Key, Content: true, Reason: avail.AdsLate, Booked: s.closed(sp.Key)} // undecided to the last
		}
		if f.Booked {
			continue
		}
		end := min(sp.Start+sp.Observed(), r.Edge)
		if !f.Content {
			end = max(end, f.Time)
		}
		if _, err := s.close(ctx, f, sp, end, cause); err != nil {
			return err
		}
	}
	return nil
}

// close records a finished account and hands it on; where another node has closed
// it, it is not handed on again.
func (s *Playback) close(ctx context.Context, f *pods.Fill, sp *origin.Span, end int64, cause avail.Reason) (avail.Account, error) {
	a := f.Account(sp, end, cause)
	if !s.over {
		if err := s.record(ctx, "account/"+sp.String(), a, new(avail.Account), report.Account(s.Session, &a, s.env.Now())...); err != nil {
			return avail.Account{}, err
		}
	}
	f.Booked = true
	s.known.Accounts.Put(sp.Key, true)
	if s.env.Audience != nil {
		s.env.Audience.Booked(s.Session, a)
	}
	return a, nil
}
