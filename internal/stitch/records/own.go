package records

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// EntryName stands for the pre-roll's key, and EntrySequence for its sequence number, until
// its place is known.
const (
	EntryName     = "preroll"
	EntrySequence = -1
)

// PreRoll is the pre-roll as it is stored, under "own/" and EntryName; a session that
// begins with content has an empty one.
type PreRoll struct {
	Avail    avail.Avail    `json:"avail"`
	Decision avail.Decision `json:"decision"`
}

// Return is where an own avail ended, stored under "return/" and its key.
type Return struct {
	Bounds []origin.Bound `json:"bounds"`
	End    int64          `json:"end"`
	After  int64          `json:"after"`
}
