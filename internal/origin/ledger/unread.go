package ledger

import (
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Unread is a marker of the reference that could not be understood.
type Unread struct {
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

// maxUnread bounds the unread markers that a stream remembers, the newest ones.
// It is more than a playlist has of them, so that none is new twice.
const maxUnread = 64

// unreadKey is the register of the ledger that has them: unlike facts, they need
// not be kept for as long as the channel.
const unreadKey = "unread"

// Unread are the newest markers that could not be understood, oldest first.
func (s *Stream) Unread() []Unread {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.unread)
}

// unreadFacts adds the unread markers of a view that are new to those in the
// ledger.
func (s *Stream) unreadFacts(v *origin.View, now time.Time) []avail.Fact {
	list := s.unread
	for _, u := range v.Unread {
		n := Unread{
			Key:  avail.Key{Epoch: v.Epoch.Index, Sequence: v.Position(u.Segment)},
			Time: v.Times[u.Segment], Line: u.Line, Seen: now.UnixMicro(), Reason: avail.MarkerUnreadable,
		}
		known := slices.ContainsFunc(list, func(o Unread) bool { return o.Key == n.Key && o.Line == n.Line })
		if !known {
			list = append(list[max(0, len(list)-(maxUnread-1)):len(list):len(list)], n)
		}
	}
	if len(list) == 0 || len(s.unread) > 0 && &list[len(list)-1] == &s.unread[len(s.unread)-1] {
		return nil
	}
	return []avail.Fact{{Key: unreadKey, Rank: now.UnixMicro(), Value: origin.Encode(list)}}
}
