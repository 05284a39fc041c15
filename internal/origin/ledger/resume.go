package ledger

import (
	"context"
	"time"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/origin/ledger/epochs"
	"stitcher/internal/origin/ledger/feed"
)

const (
	// forlorn is for how many target durations the timeline is silent before it resumes on
	// a rendition that cannot be proved to continue it.
	forlorn = 3
	// noticed is for how many of them a node must have seen that.
	noticed = 2
)

// Resume begins an epoch with a rendition, if the timeline has been silent for long and the
// origin has served more of the rendition since. It is the last resort where Move cannot
// prove that any rendition continues the timeline: numbers go on above all that were
// listed, and no rendition lists again what it has listed, so that no alignment is needed.
// The epoch begins with what is published a target duration later. It says whether the rendition feeds
// the timeline now.
func (s *Stream) Resume(ctx context.Context, rendition string, now time.Time) (bool, error) {
	s.log.Lock()
	defer s.log.Unlock()
	for range entries.MaxRaces {
		if s.opt.Shared {
			if err := s.log.Read(ctx); err != nil {
				return false, err
			}
		}
		if old := s.feeds.Last(); old.Rendition == rendition || !s.forlorn(now) || !s.notices(now) {
			return old.Rendition == rendition, nil
		}
		tr, end := s.tracks[rendition], s.tails[origin.Reference]
		if tr == nil || tr.newest == nil || tr.newest.Timed || tr.newest.Ended {
			return false, nil
		}
		last := s.tails[rendition]
		if last.Listed-end.Listed < s.targets[origin.Reference] || last.Sequence >= tr.newest.Next() {
			return false, nil // it is as silent, or another node has seen more
		}
		// Renditions publish the same content at different times.
		from := now.UnixMicro() + s.targets[origin.Reference]
		start := max(from, end.End)
		if last.Dated && end.Dated {
			start = last.End
		}
		e := s.epochs.After(s.tails, end, start, now)
		e.Resumed = from
		f := feed.Feed{Index: s.feeds.Last().Index + 1, Rendition: rendition, Epoch: e.Index, From: last.Sequence + 1, Until: -1}
		ok, err := s.log.Commit(ctx, f.Fact(), epochs.Fact(e))
		if ok || err != nil {
			return ok, err
		}
	}
	return false, entries.ErrRaced
}

// Forlorn says whether the timeline should resume on a rendition that cannot be proved to
// continue it.
func (s *Stream) Forlorn(now time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.forlorn(now)
}

func (s *Stream) forlorn(now time.Time) bool {
	end, ok := s.tails[origin.Reference]
	if !ok || end.Listed == 0 || end.Timed {
		return false
	}
	since := max(end.Listed, s.epochs.Last().Resumed)
	return now.UnixMicro()-since >= forlorn*s.targets[origin.Reference]
}

// notices says whether this node has seen for long enough that the timeline is silent. A
// playlist that cannot be had once, after a time without viewers, is no reason to resume.
func (s *Stream) notices(now time.Time) bool {
	target := time.Duration(s.targets[origin.Reference]) * time.Microsecond
	if end := s.tails[origin.Reference].Listed; s.mute.end != end || now.Sub(s.mute.last) > forlorn*target {
		s.mute.end, s.mute.first = end, now
	}
	s.mute.last = now
	return now.Sub(s.mute.first) >= noticed*target
}

// mute is when a node has noticed that the timeline is silent, first and last, and the time
// at which the timeline's last segment was listed.
type mute struct {
	first, last time.Time
	end         int64
}

// resume places the template of a rendition in an epoch that began without a restart, after
// the rendition that feeds the timeline.
func (s *Stream) resume(e origin.Epoch, rendition string, tr *track, t *manifest.Timeline, now time.Time) (origin.Epoch, int64, error) {
	first, ok := epochs.Resumes(e, t, s.tails[origin.Reference].Dated, now)
	if !t.Dated || !s.tails[origin.Reference].Dated {
		first = max(first, tr.tail.Sequence+1) // by dates nothing was listed after the timeline's end
	}
	if !ok || first >= t.Next() || rendition != s.feeds.Last().Rendition && s.tails[origin.Reference].Epoch < e.Index {
		return origin.Epoch{}, -1, ErrUnsettled
	}
	tr.again = nil
	tr.fallen.clear()
	return e, first, nil
}
