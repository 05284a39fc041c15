package ledger

import (
	"context"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/origin/ledger/epochs"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/succession"
	"stitcher/internal/origin/ledger/times"
)

// The timeline is silent when nothing was added to it for some target durations:
// fewer where the origin does not serve the rendition that feeds it, because
// players expect an update within 1.5 of them (RFC 8216bis §6.2.1).
const (
	silentLost  = 1
	silentStale = 3
)

// Begin makes a rendition feed the timeline of a stream that is seen for the first
// time, unless another does.
func (s *Stream) Begin(ctx context.Context, rendition string) error {
	s.log.Lock()
	defer s.log.Unlock()
	f := feed.Feed{Rendition: rendition, Until: -1, Whole: true}
	_, err := s.log.Create(ctx, f.Fact())
	return err
}

// Silent says whether the timeline should move to another rendition: nothing was
// added to it for a while. lost is whether the origin has stopped to serve the
// rendition that feeds it.
func (s *Stream) Silent(now time.Time, lost bool) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.silent(now, lost)
}

func (s *Stream) silent(now time.Time, lost bool) bool {
	if tr := s.tracks[origin.Reference]; tr != nil && tr.newest != nil && tr.newest.Ended {
		return false
	}
	end, ok := s.tails[origin.Reference]
	targets := int64(silentStale)
	if tr := s.tracks[s.feeds.Last().Rendition]; !lost && tr != nil {
		if age, ok := tr.fallen.age(now); ok {
			// The origin serves it, and its numbers fell. If that is a restart, the
			// rendition begins the next epoch itself, as soon as that is certain.
			return age >= time.Duration(silentStale*s.targets[origin.Reference])*time.Microsecond
		}
	}
	if lost {
		targets = silentLost
		if tr := s.tracks[origin.Reference]; tr == nil || tr.newest == nil {
			return true // this process can't wait for it: it has nothing to go on with
		}
	}
	return ok && now.UnixMicro()-end.Listed >= targets*s.targets[origin.Reference]
}

// Move makes a rendition feed a silent timeline from its end on, if the rendition's
// newest view proves that it can: it goes on past that end, its boundary there is
// certain, and its discontinuity numbers are the timeline's. Nodes that move the
// timeline at the same time move it once. It says whether the rendition feeds the
// timeline now.
func (s *Stream) Move(ctx context.Context, rendition string, now time.Time, lost bool) (bool, error) {
	s.log.Lock()
	defer s.log.Unlock()
	for range entries.MaxRaces {
		if s.opt.Shared {
			if err := s.log.Read(ctx); err != nil {
				return false, err
			}
		}
		old := s.feeds.Last()
		if old.Rendition == rendition || !s.silent(now, lost) {
			return old.Rendition == rendition, nil
		}
		if s.tails[origin.Reference].Listed == 0 {
			f := feed.Feed{Index: old.Index + 1, Rendition: rendition, Until: -1, Whole: true}
			if ok, err := s.log.Commit(ctx, f.Fact()); ok || err != nil {
				return ok, err
			}
			continue // nothing of the timeline was ever seen
		}
		tr := s.tracks[rendition]
		if tr == nil {
			return false, nil
		}
		if tr.again != nil {
			if ok, err := s.moveRestart(ctx, rendition, tr, now); ok || err != nil {
				return ok, err
			}
			continue
		}
		next, strange, ok := s.successor(rendition, tr)
		if strange {
			if ok, err := s.beginWith(ctx, rendition, tr.newest, now); ok || err != nil {
				return ok, err
			}
			continue
		}
		if !ok {
			return false, nil
		}
		if ok, err := s.move(ctx, old, next, tr, now); ok || err != nil {
			return ok, err
		}
	}
	return false, entries.ErrRaced
}

// move appends a feed, with what the new rendition shows after the end of the
// timeline, and what is to be known of the old one if it comes back. It answers
// false where another node wrote to the ledger meanwhile.
func (s *Stream) move(ctx context.Context, old, next feed.Feed, tr *track, now time.Time) (bool, error) {
	line := s.tracks[origin.Reference]
	if line == nil {
		var err error
		if line, err = s.openTrack(ctx, origin.Reference, tr.newest.Target); err != nil {
			return false, err
		}
	}
	end := s.tails[origin.Reference]
	v := *tr.newest
	v.Fed = v.Next()
	shown := s.timeline(&next, &v)
	facts := []avail.Fact{next.Fact()}
	if old.Rendition != origin.Reference {
		was := raw(&old, end)
		facts = append(facts, avail.Fact{Key: "tail/" + old.Rendition, Rank: was.Rank(), Value: origin.Encode(was)})
		if !end.Dated {
			facts = append(facts, times.ShiftFact(old.Rendition, end.Epoch, old.ShiftIn(end.Epoch)))
		}
	}
	if at := next.Until; at == next.From {
		key := cut.Name{Rendition: next.Rendition, Epoch: next.Epoch, Sequence: at}
		facts = append(facts, key.Fact(at+next.Shift))
	}
	facts = append(facts, s.scan(shown, now)...)
	n := tr.tail.After(&v, tr.aligned.State, now)
	n.Sequence -= next.Shift
	facts = append(facts, avail.Fact{Key: "tail/" + origin.Reference, Rank: n.Rank(), Value: origin.Encode(n)})
	ok, err := s.log.Commit(ctx, facts...)
	if err != nil || !ok {
		return false, err
	}
	if next.Index >= feed.Max {
		// What is not dropped now costs a record.
		_ = s.facts.Drop(ctx, s.owner, (&feed.Feed{Index: next.Index - feed.Max}).Fact().Key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tr.newest, line.newest, line.grown = &v, shown, now
	return true, nil
}

// successor is the feed by which a rendition goes on with the timeline; false
// where it can't, or not yet. strange is whether it begins an epoch instead.
func (s *Stream) successor(rendition string, tr *track) (next feed.Feed, strange, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	end := s.tails[origin.Reference]
	line := succession.Line{
		End: end, Epoch: s.epochs.Last().Index, Feeds: s.feeds, Spans: s.spans[end.Epoch], Cuts: s.cuts, Undated: s.undated,
	}
	if own := s.tracks[origin.Reference]; own != nil {
		line.Newest = own.newest
	}
	r := succession.Rendition{Name: rendition, View: tr.newest, Tail: s.tails[rendition]}
	if line.Strange(&r) {
		return feed.Feed{}, true, false
	}
	next, ok = line.Successor(&r)
	return next, false, ok
}

// beginWith begins an epoch with the window of a rendition. The others begin it with what is as
// late by its date, whether their numbers fall or not.
func (s *Stream) beginWith(ctx context.Context, rendition string, v *origin.View, now time.Time) (bool, error) {
	e := s.epochs.After(s.tails, s.tails[origin.Reference], v.Start(), now)
	e.Resumed = now.UnixMicro()
	f := feed.Feed{Index: s.feeds.Last().Index + 1, Rendition: rendition, Epoch: e.Index, From: v.Head(), Until: -1, Whole: true}
	return s.log.Commit(ctx, f.Fact(), epochs.Fact(e))
}

// moveRestart begins the epoch of a restart that came after the rendition which feeds the
// timeline had died.
func (s *Stream) moveRestart(ctx context.Context, rendition string, tr *track, now time.Time) (bool, error) {
	end := s.tails[origin.Reference]
	if tr.tail.Epoch != end.Epoch {
		tr.again = nil // the restart is in the ledger
		return false, nil
	}
	e := s.epochs.Next(s.tails, end, tr.again, now)
	f := feed.Feed{
		Index: s.feeds.Last().Index + 1, Rendition: rendition, Epoch: e.Index,
		From: tr.again.Sequence, Until: -1, Whole: true,
	}
	return s.log.Commit(ctx, f.Fact(), epochs.Fact(e))
}
