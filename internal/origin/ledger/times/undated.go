package times

import (
	"encoding/json"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Undated is what a ledger has of renditions without dates.
type Undated struct {
	// shifts are own numbers minus the timeline's, by rendition and epoch.
	shifts map[string]int64
	// anchors are the renditions that their own markers place, likewise.
	anchors map[string]anchor
}

// NewUndated is what an empty ledger has.
func NewUndated() *Undated {
	return &Undated{shifts: map[string]int64{}, anchors: map[string]anchor{}}
}

// Learn adds an entry of the ledger: a shift or an anchor. key is what follows the kind and a
// slash.
func (u *Undated) Learn(kind, key string, value []byte) error {
	switch kind {
	case "shift":
		var d int64
		if err := json.Unmarshal(value, &d); err != nil {
			return err
		}
		u.shifts[key] = d
	case "anchor":
		var a anchor
		if err := json.Unmarshal(value, &a); err != nil {
			return err
		}
		u.anchors[key] = a
	}
	return nil
}

// Shift is a rendition's numbers minus the timeline's in an epoch; false if that is not known.
func (u *Undated) Shift(rendition string, epoch int) (int64, bool) {
	d, ok := u.shifts[keyOf(rendition, epoch)]
	return d, ok
}

// ShiftFact is a shift as it is stored.
func ShiftFact(rendition string, epoch int, d int64) avail.Fact {
	return avail.Fact{Key: "shift/" + keyOf(rendition, epoch), Value: origin.Encode(d)}
}

// keyOf names a rendition in an epoch.
func keyOf(rendition string, epoch int) string { return rendition + "/" + strconv.Itoa(epoch) }
