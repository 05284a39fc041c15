package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/epochs"
	"stitcher/internal/origin/ledger/tail"
)

// place says to which epoch a rendition's template belongs, and which number
// was the rendition's first there. ErrOlder: it is an
// older state of the playlist, as another edge of a CDN may serve (field
// failure B-7). ErrUnsettled: its numbers fell, which may be a restart (B-5).
func (s *Stream) place(ctx context.Context, rendition string, tr *track, t *manifest.Timeline, now time.Time) (origin.Epoch, int64, error) {
	old := tr.tail
	if old.Sequence < 0 {
		e := s.epochs.Of(t, s.tails[origin.Reference].Dated)
		first, ok := epochs.Resumes(e, t, s.tails[origin.Reference].Dated, now)
		if !ok {
			return origin.Epoch{}, -1, ErrUnsettled
		}
		if first <= t.Sequence {
			first = -1
		}
		return e, first, nil
	}
	if next, ok := s.outgrown(rendition, old.Epoch, t); ok {
		return next, t.Sequence, nil
	}
	if next, ok := s.epochs.Resumed(old.Epoch); ok && tr.tail.GoesOn(t, tr.past) {
		return s.resume(next, rendition, tr, t, now)
	}
	if next, ok := s.behind(rendition, tr, t); ok {
		return s.catchUp(next, tr, t, now)
	}
	current := s.epochs[old.Epoch]
	if t.Timed {
		// Positions are times of the clock, which do not decrease at a restart.
		now := tail.Tail{Sequence: t.Next() - 1, Timed: true, Version: t.Version}
		if now.Rank() < old.Rank() {
			return origin.Epoch{}, -1, ErrOlder
		}
		return current, old.First, nil
	}
	last := t.Sequence + int64(len(t.Segments)) - 1
	if t.Sequence > old.Sequence {
		if tr.tail.Follows(t, tr.past) {
			return origin.Epoch{}, -1, ErrOlder
		}
		tr.again = nil
		tr.fallen.clear()
		if rendition == s.feeds.Last().Rendition && tr.tail.Leaps(t, tr.target) {
			next, err := s.restart(ctx, rendition, tr, t, now)
			return next, t.Sequence, err
		}
		return current, old.First, nil // the window has moved on; nothing contradicts
	}
	if last >= old.Sequence && tr.tail.Continues(t) {
		tr.again = nil
		tr.fallen.clear()
		return current, old.First, nil
	}
	if last < old.Sequence && tr.tail.Follows(t, tr.newest) || last >= old.Sequence && tr.tail.Follows(t, tr.past) {
		return origin.Epoch{}, -1, ErrOlder
	}
	if !s.settled(tr, t, now) {
		return origin.Epoch{}, -1, ErrUnsettled
	}
	next, err := s.restart(ctx, rendition, tr, t, now)
	if err != nil {
		return origin.Epoch{}, -1, err
	}
	return next, t.Sequence, nil
}

// outgrown is a later epoch than a rendition's, where all that its template lists is
// from after that began. Its numbers need not fall: an encoder of sound may go on
// while that of the picture starts again, and a rendition that was first asked for
// between the two restarts was taken to be of the epoch before.
func (s *Stream) outgrown(rendition string, epoch int, t *manifest.Timeline) (origin.Epoch, bool) {
	if rendition == s.feeds.Last().Rendition || !s.tails[origin.Reference].Dated {
		return origin.Epoch{}, false
	}
	next := s.epochs.Since(epoch, t)
	return next, next.Index > epoch
}

// restartSpread is how many target durations lie between the restarts of an origin's
// renditions at most.
const restartSpread = 3

// behind is the epoch of the timeline, where that is a later one than the epoch of an undated
// rendition whose numbers do not fall. It was taken to be of the epoch before if it was
// first requested after the restart, and before a node knew of that.
func (s *Stream) behind(rendition string, tr *track, t *manifest.Timeline) (origin.Epoch, bool) {
	line := s.tails[origin.Reference]
	if rendition == s.feeds.Last().Rendition || t.Timed || t.Dated && line.Dated || line.Epoch <= tr.tail.Epoch {
		return origin.Epoch{}, false
	}
	e := s.epochs[line.Epoch]
	return e, e.Begun != 0 && tr.tail.GoesOn(t, tr.past)
}

// catchUp lets a rendition that is behind begin the epoch with what it has not listed, once
// its numbers would have fallen. Until then nothing more of it is listed.
func (s *Stream) catchUp(e origin.Epoch, tr *track, t *manifest.Timeline, now time.Time) (origin.Epoch, int64, error) {
	first := max(tr.tail.Sequence+1, t.Sequence)
	if now.UnixMicro()-e.Begun < restartSpread*tr.target || first >= t.Next() {
		return origin.Epoch{}, -1, ErrUnsettled
	}
	tr.again = nil
	tr.fallen.clear()
	return e, first, nil
}

// settled says whether the fall of the numbers has been seen long enough to be
// a restart: in two fetches, and without dates for 1.5 target durations, within
// which a stale edge catches up (RFC 8216bis §6.2.1).
func (s *Stream) settled(tr *track, t *manifest.Timeline, now time.Time) bool {
	age, ok := tr.fallen.age(now)
	if !ok || t.Sequence < tr.fallenAt {
		tr.fallenAt = t.Sequence
		tr.fallen.begin(now)
		return false
	}
	if t.Dated && tr.tail.Dated {
		return age > 0
	}
	return age >= time.Duration(tr.target*3/2)*time.Microsecond
}

// restart gives the epoch after a rendition's last one. The rendition that feeds
// the timeline makes it; the others wait until it is there.
func (s *Stream) restart(ctx context.Context, rendition string, tr *track, t *manifest.Timeline, now time.Time) (origin.Epoch, error) {
	index := tr.tail.Epoch + 1
	f := s.feeds.Last()
	if rendition == f.Rendition && f.Epoch > tr.tail.Epoch && s.epochs[f.Epoch].Resumed != 0 {
		index = len(s.epochs) // nothing was listed of the epoch with which it was to resume
	}
	if index < len(s.epochs) {
		if e := s.epochs.Since(index, t); t.Dated {
			return e, nil
		}
		return s.epochs.Last(), nil
	}
	if rendition != f.Rendition {
		tr.again = t
		return origin.Epoch{}, ErrUnsettled
	}
	e := s.epochs.Next(s.tails, s.tails[origin.Reference], t, now)
	got, err := s.log.Create(ctx, epochs.Fact(e))
	if err != nil {
		return origin.Epoch{}, err
	}
	if err := json.Unmarshal(got[0].Value, &e); err != nil {
		return origin.Epoch{}, fmt.Errorf("epoch %d: %w", index, err)
	}
	return e, nil
}
