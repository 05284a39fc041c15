package stitch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
	"stitcher/internal/transcodecache"
)

// store keeps a decision that every node concludes alike, whichever node made it first, and
// adds its fill.
func (s *session) store(ctx context.Context, r *run, sp *origin.Span, d avail.Decision) error {
	return s.keep(ctx, r, sp, d, false)
}

// keep is store. first is whether the decision depends on which node is first, and when,
// as an ad server's answer does.
func (s *session) keep(ctx context.Context, r *run, sp *origin.Span, d avail.Decision, first bool) error {
	d.Decided = s.now().UnixMicro()
	var stored avail.Decision
	if err := s.append(ctx, "decision/"+sp.String(), 0, first, d, &stored, report.Decision(s.Session, &d)...); err != nil {
		return err
	}
	s.decided(sp.Key)
	if err := s.add(ctx, r, sp, stored); err != nil {
		s.known.decisions.put(sp.Key, stored)
		return err
	}
	return nil
}

// add appends the fill of a stored decision.
func (s *session) add(ctx context.Context, r *run, sp *origin.Span, d avail.Decision) error {
	f, err := s.newFill(ctx, sp, d)
	if err != nil {
		return err
	}
	r.fills = append(r.fills, f)
	s.breaks = d.Breaks
	return nil
}

// newFill makes the fill of a stored decision. Where its assets are gone and it
// is over, its numbers are all that is needed; where it is not over it becomes
// content, since nothing of it can be fetched.
func (s *session) newFill(ctx context.Context, sp *origin.Span, d avail.Decision) (fill, error) {
	f := fill{key: sp.Key, start: d.Start, before: sp.NumberBefore(d.Start), back: unknown, reason: d.Reason, lead: d.Lead, decided: d.Decided, booked: s.closed(sp.Key)}
	at, ok := sp.Time(d.Start)
	f.time = at
	if len(d.Items) == 0 && d.Slate == nil || !ok {
		f.content = true
		return f, nil
	}
	st, over := s.known.settlements.get(sp.Key)
	if over {
		f.restore(st, sp)
		s.known.settlements.remove(sp.Key)
	}
	pod, err := s.pod(ctx, d)
	switch {
	case err == nil:
		s.lost = time.Time{}
	case s.shared && !errors.Is(err, transcodecache.ErrUnknownAsset):
		// The index of renditions that nodes share is away. Other nodes may show the ads.
		if s.lost.IsZero() {
			s.lost = s.now()
		}
		if s.now().Sub(s.lost) < maxUnsure {
			return fill{}, fmt.Errorf("%w: %w", errUnsure, err)
		}
	}
	if err != nil && !over {
		s.log.Error("an avail is shown as content because an asset of its decision is gone",
			"session", s.ID, "avail", sp.String(), "err", err)
		f.content, f.reason = true, avail.RenditionMissing
		return f, nil
	}
	if pod != nil {
		if pod.signals, err = signalsOf(s.Session, sp.Key, &d); err != nil {
			return fill{}, err
		}
	}
	f.pod = pod
	return f, nil
}

// pod gathers a decision's assets.
func (s *session) pod(ctx context.Context, d avail.Decision) (*pod, error) {
	p := &pod{reference: s.layout.Renditions[s.layout.Reference].Track}
	for _, it := range d.Items {
		a, err := s.assets.Asset(ctx, it.Asset)
		if err != nil {
			return nil, err
		}
		var marks []avail.Progress
		if it.Ad != nil {
			marks = it.Ad.Progress
		}
		p.items, p.kinds = append(p.items, a.First(it.Segments)), append(p.kinds, it.Kind)
		p.progress = append(p.progress, marks)
	}
	if d.Slate != nil {
		a, err := s.assets.Asset(ctx, d.Slate.Asset)
		if err != nil {
			return nil, err
		}
		p.slate = a
	}
	return p, nil
}

func sessionOwner(id string) string { return "session/" + id }
