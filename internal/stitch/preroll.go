package stitch

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/tracing"
)

// enter does what only a session's first answer can: it fixes the live edge that
// suppression counts from, and places the pre-roll (reference §3.5, §3.6).
func (s *session) enter(ctx context.Context, r *run, ref *origin.View, p patience) error {
	if s.known.entered || ref.Ended {
		return nil
	}
	m := matter{from: s.Created, to: s.Created, mine: s.entry != nil && s.entry.asked && !s.entry.tried}
	if s.Suppression.Active() && s.known.edge == 0 {
		alike, err := s.doubt(m, p.now)
		if err == nil {
			err = s.append(ctx, "edge", 0, !alike, ref.Edge(), &s.known.edge)
		}
		if err != nil {
			return err
		}
	}
	if !s.PreRoll {
		s.known.entered = true
		return nil
	}
	if content, err := s.doubt(m, p.now); err != nil {
		return err
	} else if content {
		return s.enterWith(ctx, ownRecord{}, false)
	}
	if s.entry == nil {
		mine, err := s.claim(ctx, entryName)
		if err != nil {
			return err
		}
		s.entry = newPending(avail.Key{Epoch: r.epoch.Index, Sequence: entrySequence}, p.now)
		if s.entry.elsewhere = !mine; mine {
			s.ask(s.entry, DecisionRequest{
				Session: s.Session, Layout: s.layout, PreRoll: true, Oldest: ref.Start(), by: tracing.LinkTo(ctx),
				Avail: avail.Avail{Key: s.entry.key, Start: ref.Edge(), Seen: p.now.UnixMicro()},
			})
		}
	}
	switch {
	case s.entry.answered() && len(s.entry.answer.Items) > 0:
		return s.preroll(ctx, r, ref, s.entry.answer, p)
	case s.entry.answered() || p.exhausted:
		return s.enterWith(ctx, ownRecord{}, true) // the session begins with content
	}
	return &waitFor{pending: s.entry}
}

// enterWith records what the session begins with, once for all nodes. first is as in
// keep.
func (s *session) enterWith(ctx context.Context, rec ownRecord, first bool) error {
	var stored ownRecord
	if err := s.append(ctx, "own/"+entryName, 0, first, rec, &stored); err != nil {
		if s.entry != nil {
			s.entry.tried = s.entry.tried || errors.Is(err, errUnsure)
		}
		return fmt.Errorf("pre-roll: %w", err)
	}
	s.known.note(stored.Avail.Key, s.rev)
	s.addEntry(stored)
	return nil
}

// entrySequence stands for the pre-roll's number until its place is known,
// entryName for its key.
const (
	entrySequence = -1
	entryName     = "preroll"
)

// preroll puts the pod at the boundary nearest to where players begin: two
// target durations behind the live edge, or what EXT-X-START says.
func (s *session) preroll(ctx context.Context, r *run, ref *origin.View, d avail.Decision, p patience) error {
	at := ref.Edge() - ref.LiveDelay
	best := 0
	for i := range ref.Segments {
		if abs(ref.Times[i]-at) < abs(ref.Times[best]-at) {
			best = i
		}
	}
	taken := func(i int) bool {
		for _, sp := range s.stream.Spans(r.epoch.Index) {
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
		return s.enterWith(ctx, ownRecord{}, true)
	}
	a := avail.Avail{
		Key: avail.Key{Epoch: r.epoch.Index, Sequence: ref.Position(best)}, Start: ref.Times[best],
		Before: ref.NumberBefore(best), Seen: p.now.UnixMicro(), Timed: ref.Timed,
	}
	return s.enterWith(ctx, ownRecord{Avail: a, Decision: d}, true)
}

// window says from which boundary on an avail may be filled.
type window struct {
	// from is that boundary; 0 is the avail's start.
	from int64
	// reason, where set, leaves the avail to content; where wait is set,
	// content is shown until it is known from where on.
	reason avail.Reason
	wait   bool
}

// windowOf is what suppression and the pre-roll leave of an avail.
func (s *session) windowOf(r *run, sp *origin.Span) window {
	var w window
	for _, o := range s.own {
		if o.Epoch != sp.Epoch || o.Static {
			continue
		}
		f := r.find(o.Sequence)
		switch {
		case sp.Sequence < o.Sequence && (sp.End == origin.Open || sp.End > o.Sequence):
			return window{reason: avail.Suppressed}
		case sp.Sequence < o.Sequence || f == nil || f.empty() || f.back <= sp.Sequence:
		case sp.End != origin.Open && sp.End <= f.back:
			return window{reason: avail.Suppressed}
		default:
			w.from = f.back
		}
	}
	edge, x := s.known.edge, s.Suppression
	switch {
	case edge == 0 || r != s.runs[0]:
	case x.Behind && sp.Start <= edge-x.Value, x.After && sp.Start < edge+x.Value && !x.Partial:
		return window{reason: avail.Suppressed}
	case x.After && sp.Start < edge+x.Value:
		late := after(sp, edge+x.Value)
		late.from = max(late.from, w.from)
		return late
	}
	return w
}

// after is the part of an avail that begins at the first boundary not before a
// time.
func after(sp *origin.Span, at int64) window {
	for _, b := range sp.Bounds {
		if b.Time < at-fitSlack {
			continue
		}
		if sp.End != origin.Open && b.Sequence >= sp.End {
			return window{reason: avail.Suppressed}
		}
		return window{from: b.Sequence}
	}
	if sp.End != origin.Open {
		return window{reason: avail.Suppressed}
	}
	return window{wait: true}
}
