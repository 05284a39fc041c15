package ledger

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/store"
)

// Accept places a rendition's manifest on the timeline and, where the rendition
// feeds the timeline, reads its markers into the ledger. variant tells apart compilations
// of the same bytes with different options. It returns the newest view: that of
// t, or the last good one with ErrOlder or ErrUnsettled (nil before the first), or
// nil with ErrEmpty where t has no segments and there is no other,
// or without an error while another request places a template of the rendition.
func (s *Stream) Accept(ctx context.Context, rendition, variant string, source origin.Document, now time.Time) (*origin.View, error) {
	s.asked.Store(now.UnixMicro())
	t := source.Line()
	tr, last, done := s.current(rendition, variant, t)
	switch {
	case done:
		return last, nil
	case len(t.Segments) == 0 && last == nil:
		return nil, ErrEmpty
	case len(t.Segments) == 0:
		return last, ErrOlder
	}
	// With other nodes, the last view may be too old, because another node may have listed
	// more.
	if last != nil && !s.opt.Shared {
		if !tr.busy.CompareAndSwap(false, true) {
			return last, nil
		}
		defer tr.busy.Store(false)
	}
	s.log.Lock()
	defer s.log.Unlock()
	if tr, last, done = s.current(rendition, variant, t); done {
		return last, nil
	}
	if tr == nil {
		var err error
		if tr, err = s.openTrack(ctx, rendition, t.TargetDuration); err != nil {
			return nil, err
		}
	}
	if s.tracks[origin.Reference] == nil {
		if _, err := s.openTrack(ctx, origin.Reference, t.TargetDuration); err != nil {
			return nil, err
		}
	}
	if rendition != s.feeds.Last().Rendition && s.shown() == nil {
		return last, ErrUnsettled // nothing to place it by
	}
	if tr.newest != nil && tr.newest.Placed && tr.newest.Same(t) {
		v := *tr.newest
		v.Timeline, v.Document = t, source
		s.keep(tr, tr.newest, variant, &v)
		return &v, nil
	}
	if s.opt.Shared {
		// Without the store the node goes on with what it knows.
		if err := s.log.Read(ctx); err != nil && !errors.Is(err, store.ErrUnavailable) {
			return last, err
		}
	}
	for range entries.MaxRaces {
		v, published, err := s.publish(ctx, rendition, tr, t, source, now)
		if err != nil {
			return last, err
		}
		if published {
			s.keep(tr, v, variant, v)
			s.log.Touch(ctx, now)
			if rendition == s.feeds.Last().Rendition {
				// If it fails, the next call drops the same entries.
				_ = s.prune(ctx, s.tracks[origin.Reference].newest)
			}
			return v, nil
		}
	}
	return last, entries.ErrRaced
}

// publish places a template and appends what it shows to the ledger: the markers,
// where the rendition feeds the timeline, and how far the rendition may be listed
// from now on. It answers false where another node wrote to the ledger meanwhile:
// what was concluded may be wrong by then.
func (s *Stream) publish(ctx context.Context, rendition string, tr *track, t *manifest.Timeline, source origin.Document, now time.Time) (*origin.View, bool, error) {
	epoch, first, err := s.place(ctx, rendition, tr, t, now)
	if err != nil {
		return nil, false, err
	}
	v := &origin.View{Timeline: t, Document: source, Epoch: epoch, Target: tr.target, First: first}
	tr.aligned.Times = nil
	s.date(rendition, tr, v, now)
	if tr.aligned.Times == nil {
		s.opt.Times.Share(v)
	}
	if epoch.Resumed != 0 && rendition != s.feeds.Last().Rendition {
		// An avail that begins earlier may begin in what the rendition does not list.
		v.From = max(v.From, epoch.Time+2*v.Target)
	}
	v.Fed = s.feeds.FedUntil(rendition, v)
	var facts []avail.Fact
	f := s.feeds.Last()
	key, line := rendition, (*origin.View)(nil)
	if rendition == f.Rendition {
		key, line = origin.Reference, s.timeline(&f, v)
		if len(line.Segments) == 0 {
			return nil, false, ErrOlder // it ends before it began to feed
		}
		facts = s.scan(line, now)
	}
	n := tr.tail.After(v, tr.aligned.State, now)
	grows := n.Rank() > tr.tail.Rank() // else these are the same segments, with other text
	if grows {
		if err := s.share(ctx, rendition, source, n.Rank()); err != nil {
			return nil, false, err
		}
		if line != nil {
			n.Sequence -= f.ShiftIn(n.Epoch)
		}
		facts = append(facts, avail.Fact{Key: "tail/" + key, Rank: n.Rank(), Value: origin.Encode(n)})
	}
	if len(facts) > 0 {
		if ok, err := s.log.Commit(ctx, facts...); err != nil || !ok {
			return nil, false, err
		}
	}
	if line != nil {
		s.show(line, grows, now)
	}
	return v, true, nil
}

// show makes line the newest view of the timeline.
func (s *Stream) show(line *origin.View, grows bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tr := s.tracks[origin.Reference]
	tr.newest = line
	if grows {
		tr.grown = now
	}
}

// current is what is known of a rendition, the variant's newest view, if there is
// one, and whether it is t's.
func (s *Stream) current(rendition, variant string, t *manifest.Timeline) (tr *track, v *origin.View, done bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if tr = s.tracks[rendition]; tr != nil {
		v = tr.views[variant]
	}
	return tr, v, v != nil && v.Timeline == t && v.Placed
}

// keep makes newest the rendition's newest view, and v the variant's.
func (s *Stream) keep(tr *track, newest *origin.View, variant string, v *origin.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tr.newest = newest
	if len(tr.views) >= maxVariants {
		clear(tr.views)
	}
	tr.views[variant] = v
}

// maxVariants bounds how many compilations of a rendition are told apart:
// manifest parameters of viewers make new ones.
const maxVariants = 64
