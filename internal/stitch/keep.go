package stitch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/transcodecache"
)

// store keeps a decision that every node concludes alike, whichever node made it first, and
// adds its fill.
func (s *Playback) store(ctx context.Context, r *pods.Run, sp *origin.Span, d avail.Decision) error {
	return s.keep(ctx, r, sp, d, false)
}

// keep is store. first is whether the decision depends on which node is first, and when,
// as an ad server's answer does.
func (s *Playback) keep(ctx context.Context, r *pods.Run, sp *origin.Span, d avail.Decision, first bool) error {
	d.Decided = s.env.Now().UnixMicro()
	var stored avail.Decision
	if err := s.append(ctx, "decision/"+sp.String(), 0, first, d, &stored, report.Decision(s.Session, &d)...); err != nil {
		return err
	}
	s.decided(sp.Key)
	if err := s.add(ctx, r, sp, stored); err != nil {
		s.known.Decisions.Put(sp.Key, stored)
		return err
	}
	return nil
}

// add appends the fill of a stored decision.
func (s *Playback) add(ctx context.Context, r *pods.Run, sp *origin.Span, d avail.Decision) error {
	f, err := s.newFill(ctx, sp, d)
	if err != nil {
		return err
	}
	r.Fills = append(r.Fills, f)
	s.breaks = d.Breaks
	return nil
}

// newFill makes the fill of a stored decision. Where its assets are gone and it
// is over, its numbers are all that is needed; where it is not over it becomes
// content, since nothing of it can be fetched.
func (s *Playback) newFill(ctx context.Context, sp *origin.Span, d avail.Decision) (pods.Fill, error) {
	f := pods.Fill{Key: sp.Key, Start: d.Start, Before: sp.NumberBefore(d.Start), Back: pods.Unknown, Reason: d.Reason, Lead: d.Lead, Decided: d.Decided, Booked: s.closed(sp.Key)}
	at, ok := sp.Time(d.Start)
	f.Time = at
	if len(d.Items) == 0 && d.Slate == nil || !ok {
		f.Content = true
		return f, nil
	}
	st, over := s.known.Settlements.Get(sp.Key)
	if over {
		f.Restore(st, sp)
		s.known.Settlements.Remove(sp.Key)
	}
	pod, err := s.gather(ctx, &d)
	switch {
	case err == nil:
		s.lost = time.Time{}
	case s.env.Shared && !errors.Is(err, transcodecache.ErrUnknownAsset):
		// The index of renditions that nodes share is away. Other nodes may show the ads.
		if s.lost.IsZero() {
			s.lost = s.env.Now()
		}
		if s.env.Now().Sub(s.lost) < outage.MaxUnsure {
			return pods.Fill{}, fmt.Errorf("%w: %w", outage.ErrUnsure, err)
		}
	}
	if err != nil && !over {
		s.env.Log.Error("an avail is shown as content because an asset of its decision is gone",
			"session", s.ID, "avail", sp.String(), "err", err)
		f.Content, f.Reason = true, avail.RenditionMissing
		return f, nil
	}
	if pod != nil {
		if pod.Signals, err = pods.Signals(s.Session, sp.Key, &d); err != nil {
			return pods.Fill{}, err
		}
	}
	f.Pod = pod
	return f, nil
}

// gather is the pod of a decision.
func (s *Playback) gather(ctx context.Context, d *avail.Decision) (*pods.Pod, error) {
	return pods.Gather(ctx, s.Assets, s.Layout.Renditions[s.Layout.Reference].Track, d)
}
