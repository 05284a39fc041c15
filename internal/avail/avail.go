// Package avail holds the nouns that every storey of the house shares: an
// avail (an opportunity to show ads), the decision what fills it, the items
// and assets of that decision, and the reasons why seconds stayed unfilled.
// It imports nothing of the house and has no logic but its own.
//
// All durations and stream times are whole microseconds in an int64. Stream
// times are Unix time where the origin publishes EXT-X-PROGRAM-DATE-TIME.
package avail

import (
	"fmt"
	"strconv"
	"strings"
)

// Key is the identity of an avail within its stream: the epoch (how often the
// origin has restarted its numbers) and the position of its first segment on the
// timeline (manifest.Timeline): in HLS the media sequence number of the reference
// rendition, in DASH the time in Unix microseconds. SCTE-35 event ids recur in
// the field and identify nothing.
type Key struct {
	Epoch    int   `json:"epoch"`
	Sequence int64 `json:"sequence"`
}

// String gives the key as "epoch.sequence", as it stands in stores and JSON.
func (k Key) String() string {
	return strconv.Itoa(k.Epoch) + "." + strconv.FormatInt(k.Sequence, 10)
}

// ParseKey reads what String wrote.
func ParseKey(s string) (Key, error) {
	e, q, ok := strings.Cut(s, ".")
	epoch, err1 := strconv.Atoi(e)
	seq, err2 := strconv.ParseInt(q, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return Key{}, fmt.Errorf("avail key %q is not epoch.sequence", s)
	}
	return Key{Epoch: epoch, Sequence: seq}, nil
}

// Avail is one opportunity of a stream to show ads, as the ledger knows it. It
// never changes once it is recorded; its end is recorded apart.
type Avail struct {
	Key
	// Start is the stream time at which the first segment of the avail begins.
	Start int64 `json:"start"`
	// Duration is what the origin announced from Start; 0 is unknown.
	Duration int64 `json:"duration,omitempty"`
	// Late is what had gone by as content when the marker was first seen; it
	// lies before Start and is accounted for as marker_late.
	Late int64 `json:"late,omitempty"`
	// Before is the discontinuity number of the segment before the avail.
	Before int64 `json:"before"`
	// EventID is the SCTE-35 event id or DATERANGE ID. It tells a repeat and
	// fills scte.event_id; it identifies nothing.
	EventID string `json:"eventId,omitempty"`
	// Type is the SCTE-35 segmentation type that opened it; 0 where a tag alone
	// or a splice_insert did.
	Type uint8 `json:"type,omitempty"`
	// Cue is the SCTE-35 section as the origin wrote it: base64 or 0x-hex.
	Cue string `json:"cue,omitempty"`
	// Assets are the decoded KEY=VALUE pairs of EXT-X-ASSET ([asset.KEY]).
	Assets map[string]string `json:"assets,omitempty"`
	// Joined marks an avail whose start had left the window before anyone saw
	// it; it is content for every session.
	Joined bool `json:"joined,omitempty"`
	// Static marks an avail of an asset that had ended when it was first seen:
	// its pod is shown whole and what comes after is shifted.
	Static bool `json:"static,omitempty"`
	// Timed marks an avail of a timed timeline (manifest.Timeline): positions are
	// times, and content can return at any of them.
	Timed bool `json:"timed,omitempty"`
	// Bounded is whether a marker ends the avail for certain, whatever Duration
	// announces: a Period of DASH.
	Bounded bool `json:"bounded,omitempty"`
	// Place is where a static avail stands in its asset.
	Place Place `json:"place,omitempty"`
	// Unmarked is set for the one avail of an asset that has no markers: an ad
	// server may answer with breaks at any of its times (reference §3.3).
	Unmarked bool `json:"unmarked,omitempty"`
	// Length is the playing time of an unmarked asset, in microseconds.
	Length int64 `json:"length,omitempty"`
	// Seen is when the avail was first seen, Unix microseconds of wall clock.
	Seen int64 `json:"seen"`
	// Grown is when what stands before the avail was first seen, on the same
	// clock: since then players have had nothing new. 0 is unknown.
	Grown int64 `json:"grown,omitempty"`
}

// Place is where an avail stands in an asset.
type Place int

// The places; inside the content is the usual one.
const (
	Inside Place = iota
	AtStart
	AtEnd
)
