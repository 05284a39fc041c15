package records

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Fold is the sum of a session's old avails, which left all windows a while ago. It
// keeps the cost of an answer, the memory of a session and the time to read it back
// independent of the session's age. It is stored under "fold".
type Fold struct {
	Epoch int `json:"epoch"`
	// Begin is the reference's first segment in the session's first answer of
	// the epoch.
	Begin int64 `json:"begin"`
	// Before is the reference number that avails which are summed up begin before.
	Before int64 `json:"before"`
	// Count is how many of the stream's avails came before, in all epochs.
	Count int `json:"count"`
	// Drift is the session's drift after them, in microseconds.
	Drift int64 `json:"drift"`
	// Number is what is added to the origin's discontinuity numbers after them.
	Number int64 `json:"number"`
	// Return is the stream time at which content returned from the last pod; 0
	// without.
	Return int64 `json:"return,omitempty"`
	// Pod is the position of the last avail that had a pod, Start when that began; 0
	// without.
	Pod   int64 `json:"pod,omitempty"`
	Start int64 `json:"start,omitempty"`
	// Offsets are what they add to the sequence numbers of each rendition.
	Offsets []int64 `json:"offsets"`
	// Edge is the live edge at the session's start, for suppression.
	Edge int64 `json:"edge,omitempty"`
	// LastEnd is when the last avail of the stream ended, for prefetches.
	LastEnd int64 `json:"lastEnd,omitempty"`
	// Rev is the revision of the session after which all records of the avails
	// that are not summed up were written.
	Rev int64 `json:"rev"`
}

// Rank orders the folds of a session.
func (f *Fold) Rank() int64 { return int64(f.Epoch)<<48 | f.Before }

// NewFold is the fold of a run whose avails are all kept.
func NewFold(epoch origin.Epoch, begin int64, renditions int) Fold {
	return Fold{Epoch: epoch.Index, Begin: begin, Number: epoch.Discontinuity, Offsets: make([]int64, renditions)}
}

// Covers is whether the fold sums up an avail.
func (f *Fold) Covers(k avail.Key) bool {
	return k.Epoch < f.Epoch || k.Epoch == f.Epoch && k.Sequence < f.Before
}
