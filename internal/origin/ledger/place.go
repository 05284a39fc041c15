package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/match"
	"stitcher/internal/origin/ledger/tail"
)

// place says to which epoch a rendition's template belongs, and which number
// was the rendition's first there. ErrOlder: it is an
// older state of the playlist, as another edge of a CDN may serve (field
// failure B-7). ErrUnsettled: its numbers fell, which may be a restart (B-5).
func (s *Stream) place(ctx context.Context, rendition string, tr *track, t *manifest.Timeline, now time.Time) (origin.Epoch, int64, error) {
	old := tr.tail
	if old.Sequence < 0 {
		e := s.enter(t)
		first, ok := s.resumes(e, t, now)
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
	if next, ok := s.resumed(old.Epoch); ok && s.goesOn(tr, t) {
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
		if s.isPast(tr, t) {
			return origin.Epoch{}, -1, ErrOlder
		}
		tr.again = nil
		tr.fallen.clear()
		if rendition == s.feeds.Last().Rendition && leaps(tr, t) {
			next, err := s.restart(ctx, rendition, tr, t, now)
			return next, t.Sequence, err
		}
		return current, old.First, nil // the window has moved on; nothing contradicts
	}
	if last >= old.Sequence && s.continues(tr, t) {
		tr.again = nil
		tr.fallen.clear()
		return current, old.First, nil
	}
	if last < old.Sequence && s.isOlder(tr, t) || last >= old.Sequence && s.isPast(tr, t) {
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

// enter is the epoch of the first template that is seen of a rendition: the
// newest one, unless its dates say that it ended before that began.
func (s *Stream) enter(t *manifest.Timeline) origin.Epoch {
	e := s.epoch()
	if e.Index > 0 && t.Dated && s.tails[origin.Reference].Dated {
		last := t.Segments[len(t.Segments)-1]
		if last.Time+last.Duration/2 < e.Time {
			return s.epochs[e.Index-1]
		}
	}
	return e
}

// since is the newest epoch, from index on, that had begun when a dated template
// begins. A rendition that was not served for a while may have missed some.
func (s *Stream) since(index int, t *manifest.Timeline) origin.Epoch {
	first := &t.Segments[0]
	for i := len(s.epochs) - 1; i > index && t.Dated; i-- {
		if first.Time+first.Duration/2 >= s.epochs[i].Time {
			return s.epochs[i]
		}
	}
	return s.epochs[index]
}

// outgrown is a later epoch than a rendition's, where all that its template lists is
// from after that began. Its numbers need not fall: an encoder of sound may go on
// while that of the picture starts again, and a rendition that was first asked for
// between the two restarts was taken to be of the epoch before.
func (s *Stream) outgrown(rendition string, epoch int, t *manifest.Timeline) (origin.Epoch, bool) {
	if rendition == s.feeds.Last().Rendition || !s.tails[origin.Reference].Dated {
		return origin.Epoch{}, false
	}
	next := s.since(epoch, t)
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
	return e, e.Begun != 0 && s.goesOn(tr, t)
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

// leaps says whether the dates of a template that begins after the last known number are
// later by much more than the segments between the two can last. The numbers then started
// again while no playlist was requested, and are above the old ones by now. It needs an
// epoch, because renditions whose numbers are below the old ones would wait for one.
func leaps(tr *track, t *manifest.Timeline) bool {
	if !t.Dated || !tr.tail.Dated {
		return false
	}
	unseen := t.Sequence - tr.tail.Sequence - 1
	return t.Segments[0].Time-tr.tail.End > unseen*tr.target*3/2+tr.target
}

// continues says whether a template that covers the last known number carries
// the same segment there. Some origins sign URIs anew at every fetch, in the
// path even; then the dates tell.
func (s *Stream) continues(tr *track, t *manifest.Timeline) bool {
	at := t.Segments[tr.tail.Sequence-t.Sequence]
	if at.Identity == tr.tail.Identity {
		return true
	}
	if t.Dated && tr.tail.Dated {
		gap := at.Time + at.Duration - tr.tail.End
		return gap > -second && gap < second
	}
	return false
}

// isOlder says whether a template that ends before the last known number is a
// past state of the same playlist.
func (s *Stream) isOlder(tr *track, t *manifest.Timeline) bool {
	last := t.Segments[len(t.Segments)-1]
	if t.Dated && tr.tail.Dated {
		return last.Time+last.Duration <= tr.tail.End
	}
	return tr.newest != nil && match.Shares(tr.newest, t)
}

// isPast says whether a template that continues past the last known number is of an earlier
// epoch: a CDN edge that has not seen the restart.
func (s *Stream) isPast(tr *track, t *manifest.Timeline) bool {
	last := t.Segments[len(t.Segments)-1]
	if t.Dated && tr.tail.Dated {
		return last.Time+last.Duration <= tr.tail.End
	}
	return tr.past != nil && match.Shares(tr.past, t)
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
		if e := s.since(index, t); t.Dated {
			return e, nil
		}
		return s.epoch(), nil
	}
	if rendition != f.Rendition {
		tr.again = t
		return origin.Epoch{}, ErrUnsettled
	}
	e := s.nextEpoch(s.tails[origin.Reference], t, now)
	got, err := s.create(ctx, avail.Fact{Key: "epoch/" + strconv.Itoa(index), Value: origin.Encode(e)})
	if err != nil {
		return origin.Epoch{}, err
	}
	if err := json.Unmarshal(got[0].Value, &e); err != nil {
		return origin.Epoch{}, fmt.Errorf("epoch %d: %w", index, err)
	}
	return e, nil
}

// nextEpoch is the epoch that begins with t, after the timeline's end.
func (s *Stream) nextEpoch(end tail.Tail, t *manifest.Timeline, now time.Time) origin.Epoch {
	start := end.End
	if t.Dated {
		start = t.Segments[0].Time
	}
	return s.epochAfter(end, start, now)
}

// epochAfter is the epoch after the newest one, from a stream time on.
func (s *Stream) epochAfter(end tail.Tail, start int64, now time.Time) origin.Epoch {
	last := s.epoch()
	var sequence, number int64
	for _, t := range s.tails {
		if t.Epoch == last.Index {
			sequence, number = max(sequence, t.Sequence), max(number, t.Number)
		}
	}
	e := last.After(sequence, number, start)
	e.Past, e.Begun = end.Sequence, now.UnixMicro()
	return e
}
