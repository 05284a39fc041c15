package origin

import (
	"sort"

	"stitcher/internal/avail"
)

// Open is the End of a span whose end no node has seen yet.
const Open int64 = -1

// Unknown is a discontinuity number that no node has seen yet.
const Unknown int64 = -1

// Skipped is the cut of a rendition that was not requested while the avail was in its
// window, so that nothing of the avail was listed there.
const Skipped int64 = -1

// Bound is a boundary between two segments of the reference rendition.
type Bound struct {
	// Sequence is the number of the segment that starts here.
	Sequence int64 `json:"s"`
	// Time is the stream time of the boundary.
	Time int64 `json:"t"`
	// Before is the discontinuity number of the segment that ends here.
	Before int64 `json:"n"`
}

// EndCause says what ended an avail.
type EndCause string

// What ends an avail.
const (
	EndSignal    EndCause = "signal"    // CUE-IN or its like
	EndAnnounced EndCause = "announced" // the announced duration is over
	EndNext      EndCause = "next"      // the next avail begins
	EndMaximum   EndCause = "maximum"   // nothing was announced and the limit is reached
	EndUnseen    EndCause = "unseen"    // segments went by that no node saw
	EndLeap      EndCause = "leap"      // the origin's clock leapt at a discontinuity
	EndStream    EndCause = "stream"    // the stream ended
)

// Span is an avail with what the ledger knows of the segments in it. The
// bounds are in order and without gaps from the avail's first segment on.
type Span struct {
	avail.Avail
	Bounds []Bound
	// End is the reference sequence number of the first segment after the
	// avail; Open until it is known.
	End   int64
	Cause EndCause
	// After is the discontinuity number of the segment at End; Unknown until
	// it is seen.
	After int64
}

// bound finds the boundary at which reference segment sequence begins.
func (s *Span) bound(sequence int64) (Bound, bool) {
	// Numbers may be missing where segments went by unseen, so search.
	i := sort.Search(len(s.Bounds), func(i int) bool { return s.Bounds[i].Sequence >= sequence })
	if i < len(s.Bounds) && s.Bounds[i].Sequence == sequence {
		return s.Bounds[i], true
	}
	return Bound{}, false
}

// Time is the stream time at which reference segment sequence begins; false
// while that is not known.
func (s *Span) Time(sequence int64) (int64, bool) {
	if s.Timed {
		return sequence, sequence >= s.Start && sequence <= s.Bounds[len(s.Bounds)-1].Time
	}
	b, ok := s.bound(sequence)
	return b.Time, ok
}

// NumberBefore is the discontinuity number of the reference segment before
// sequence; Unknown if no node has seen it.
func (s *Span) NumberBefore(sequence int64) int64 {
	if b, ok := s.bound(sequence); ok {
		return b.Before
	}
	return Unknown
}

// Number is the discontinuity number of reference segment sequence, which lies
// in the avail or at its end; Unknown until it is seen. Where it went by unseen
// it is taken to be that of the segment before the next boundary that was seen:
// content has to go on from some number.
func (s *Span) Number(sequence int64) int64 {
	if s.End != Open && sequence == s.End {
		return s.After
	}
	i := sort.Search(len(s.Bounds), func(i int) bool { return s.Bounds[i].Sequence > sequence })
	if i < len(s.Bounds) {
		return s.Bounds[i].Before
	}
	return Unknown
}

// Observed is the length of the avail from its start to its observed end, or
// to the last boundary seen.
func (s *Span) Observed() int64 {
	if s.End != Open {
		if t, ok := s.Time(s.End); ok {
			return t - s.Start
		}
	}
	if n := len(s.Bounds); n > 0 {
		return s.Bounds[n-1].Time - s.Start
	}
	return 0
}

// NewSpan is an avail of which nothing but its start is known.
func NewSpan(a avail.Avail) *Span {
	first := Bound{Sequence: a.Sequence, Time: a.Start, Before: a.Before}
	return &Span{Avail: a, Bounds: []Bound{first}, End: Open, After: Unknown}
}
