// Package unread is the markers of a stream that could not be understood.
package unread

import (
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Marker is a marker of the reference that could not be understood.
type Marker struct {
	// Key is the place of the segment that the marker stands before, Time its
	// stream time.
	avail.Key
	Time int64 `json:"time"`
	// Line is the tag as the origin wrote it, clipped.
	Line string `json:"line"`
	// Seen is when it was first seen, Unix microseconds.
	Seen   int64        `json:"seen"`
	Reason avail.Reason `json:"reason"`
}

// most bounds the unread markers that a stream remembers, the newest ones.
// It is more than a playlist has of them, so that none is new twice.
const most = 64

// Key is the register of the ledger that has them: unlike facts, they need
// not be kept for as long as the channel.
const Key = "unread"

// Markers are the newest markers that could not be understood, oldest first.
type Markers []Marker

// Facts adds the unread markers of a view that are new to those in the
// ledger.
func (m Markers) Facts(v *origin.View, now time.Time) []avail.Fact {
	list := m
	for _, u := range v.Unread {
		n := Marker{
			Key:  avail.Key{Epoch: v.Epoch.Index, Sequence: v.Position(u.Segment)},
			Time: v.Times[u.Segment], Line: u.Line, Seen: now.UnixMicro(), Reason: avail.MarkerUnreadable,
		}
		known := slices.ContainsFunc(list, func(o Marker) bool { return o.Key == n.Key && o.Line == n.Line })
		if !known {
			list = append(list[max(0, len(list)-(most-1)):len(list):len(list)], n)
		}
	}
	if len(list) == 0 || len(m) > 0 && &list[len(list)-1] == &m[len(m)-1] {
		return nil
	}
	return []avail.Fact{{Key: Key, Rank: now.UnixMicro(), Value: origin.Encode(list)}}
}
