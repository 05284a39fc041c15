// Package epochs is the epochs of a stream, and which of them a template is of.
package epochs

import (
	"strconv"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/tail"
)

// Epochs are those of a stream, by index. There is always one.
type Epochs []origin.Epoch

// Last is the newest epoch.
func (s Epochs) Last() origin.Epoch { return s[len(s)-1] }

// With is the epochs with one more, if it is the next.
func (s Epochs) With(e origin.Epoch) Epochs {
	if e.Index == len(s) {
		return append(s, e)
	}
	return s
}

// Facts are the entries of all epochs but the first, which has none.
func (s Epochs) Facts() []avail.Fact {
	var facts []avail.Fact
	for _, e := range s[1:] {
		facts = append(facts, Fact(e))
	}
	return facts
}

// Fact is an epoch as it is stored.
func Fact(e origin.Epoch) avail.Fact {
	return avail.Fact{Key: "epoch/" + strconv.Itoa(e.Index), Value: origin.Encode(e)}
}

// Of is the epoch of the first template that is seen of a rendition: the newest one, unless
// its dates say that it ended before that began. dated is whether the timeline has dates.
func (s Epochs) Of(t *manifest.Timeline, dated bool) origin.Epoch {
	e := s.Last()
	if e.Index > 0 && t.Dated && dated {
		last := t.Segments[len(t.Segments)-1]
		if last.Time+last.Duration/2 < e.Time {
			return s[e.Index-1]
		}
	}
	return e
}

// Since is the newest epoch, from index on, that had begun when a dated template
// begins. A rendition that was not served for a while may have missed some.
func (s Epochs) Since(index int, t *manifest.Timeline) origin.Epoch {
	first := &t.Segments[0]
	for i := len(s) - 1; i > index && t.Dated; i-- {
		if first.Time+first.Duration/2 >= s[i].Time {
			return s[i]
		}
	}
	return s[index]
}

// Resumed is the last epoch after a rendition's that began without a restart of the origin.
// Nothing but its record says so to the rendition.
func (s Epochs) Resumed(epoch int) (origin.Epoch, bool) {
	for i := len(s) - 1; i > epoch; i-- {
		if s[i].Resumed != 0 {
			return s[i], true
		}
	}
	return origin.Epoch{}, false
}

// Resumes is the first number of a template that belongs to an epoch which began without
// a restart; false if all segments are older than the epoch. Without dates it is the first
// segment that was published since, by its distance from the live edge; dated is whether the
// timeline has them.
func Resumes(e origin.Epoch, t *manifest.Timeline, dated bool, now time.Time) (int64, bool) {
	if e.Resumed == 0 {
		return t.Sequence, true
	}
	age := now.UnixMicro() - e.Resumed
	n := len(t.Segments)
	for n > 0 {
		x := &t.Segments[n-1]
		if t.Dated && dated {
			if x.Time+x.Duration/2 < e.Time {
				break
			}
		} else if age -= x.Duration; age < 0 {
			break
		}
		n--
	}
	return t.Sequence + int64(n), n < len(t.Segments)
}

// Next is the epoch that begins with t, after the timeline's end. tails are those of all
// renditions.
func (s Epochs) Next(tails map[string]tail.Tail, end tail.Tail, t *manifest.Timeline, now time.Time) origin.Epoch {
	start := end.End
	if t.Dated {
		start = t.Segments[0].Time
	}
	return s.After(tails, end, start, now)
}

// After is the epoch after the newest one, from a stream time on.
func (s Epochs) After(tails map[string]tail.Tail, end tail.Tail, start int64, now time.Time) origin.Epoch {
	last := s.Last()
	var sequence, number int64
	for _, t := range tails {
		if t.Epoch == last.Index {
			sequence, number = max(sequence, t.Sequence), max(number, t.Number)
		}
	}
	e := last.After(sequence, number, start)
	e.Past, e.Begun = end.Sequence, now.UnixMicro()
	return e
}
