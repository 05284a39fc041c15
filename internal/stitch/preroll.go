package stitch

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/tracing"
)

// enter does what only a session's first answer can: it fixes the live edge that
// suppression counts from, and places the pre-roll (reference §3.5, §3.6).
func (s *Playback) enter(ctx context.Context, r *pods.Run, ref *origin.View, p Patience) error {
	if s.known.Entered || ref.Ended {
		return nil
	}
	m := outage.Matter{From: s.Created, To: s.Created, Mine: s.entry != nil && s.entry.asked && !s.entry.tried}
	if s.Suppression.Active() && s.known.Edge == 0 {
		alike, err := s.Outages.Doubt(m, p.Now)
		if err == nil {
			err = s.append(ctx, "edge", 0, !alike, ref.Edge(), &s.known.Edge)
		}
		if err != nil {
			return err
		}
	}
	if !s.PreRoll {
		s.known.Entered = true
		return nil
	}
	if content, err := s.Outages.Doubt(m, p.Now); err != nil {
		return err
	} else if content {
		return s.enterWith(ctx, records.PreRoll{}, false)
	}
	if s.entry == nil {
		mine, err := s.claim(ctx, records.EntryName)
		if err != nil {
			return err
		}
		s.entry = newPending(avail.Key{Epoch: r.Epoch.Index, Sequence: records.EntrySequence}, p.Now)
		if s.entry.elsewhere = !mine; mine {
			s.ask(s.entry, DecisionRequest{
				Session: s.Session, Layout: s.Layout, PreRoll: true, Oldest: ref.Start(), By: tracing.LinkTo(ctx),
				Avail: avail.Avail{Key: s.entry.key, Start: ref.Edge(), Seen: p.Now.UnixMicro()},
			})
		}
	}
	switch {
	case s.entry.answered() && len(s.entry.answer.Items) > 0:
		return s.preroll(ctx, r, ref, s.entry.answer, p)
	case s.entry.answered() || p.Exhausted:
		return s.enterWith(ctx, records.PreRoll{}, true) // the session begins with content
	}
	return &Wait{pending: s.entry}
}

// enterWith records what the session begins with, once for all nodes. first is as in
// keep.
func (s *Playback) enterWith(ctx context.Context, rec records.PreRoll, first bool) error {
	var stored records.PreRoll
	if err := s.append(ctx, "own/"+records.EntryName, 0, first, rec, &stored); err != nil {
		if s.entry != nil {
			s.entry.tried = s.entry.tried || errors.Is(err, outage.ErrUnsure)
		}
		return fmt.Errorf("pre-roll: %w", err)
	}
	s.known.Note(stored.Avail.Key, s.known.Rev)
	if s.known.Enter(stored) {
		s.entered()
	}
	return nil
}

// preroll puts the pod at the boundary nearest to where players begin: two
// target durations behind the live edge, or what EXT-X-START says.
func (s *Playback) preroll(ctx context.Context, r *pods.Run, ref *origin.View, d avail.Decision, p Patience) error {
	at := ref.Edge() - ref.LiveDelay
	best := 0
	for i := range ref.Segments {
		if distance(ref.Times[i], at) < distance(ref.Times[best], at) {
			best = i
		}
	}
	taken := func(i int) bool {
		for _, sp := range s.Stream.Spans(r.Epoch.Index) {
			if sp.Sequence == ref.Position(i) {
				return true
			}
		}
		return false
	}
	for best > 0 && taken(best) {
		best-- // an avail's own start is its own
	}
	if taken(best) {
		return s.enterWith(ctx, records.PreRoll{}, true)
	}
	a := avail.Avail{
		Key: avail.Key{Epoch: r.Epoch.Index, Sequence: ref.Position(best)}, Start: ref.Times[best],
		Before: ref.NumberBefore(best), Seen: p.Now.UnixMicro(), Timed: ref.Timed,
	}
	return s.enterWith(ctx, records.PreRoll{Avail: a, Decision: d}, true)
}

func distance(a, b int64) int64 { return max(a-b, b-a) }
