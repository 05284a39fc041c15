// Package manifest has what a playlist of HLS and an MPD of DASH have in common: a
// timeline of segments with ad markers. What is above this package decides about
// avails on timelines, whatever the format.
package manifest

import "sort"

// Timeline is what a manifest says of one rendition: its segments in order, each at a
// position. A position names a segment for ever. It is immutable.
type Timeline struct {
	// Segments are the segments in order. In DASH they are slices: segments, cut
	// again wherever a Period or an event begins or ends.
	Segments []Segment
	// Sequence is the position of the first segment. Where the timeline is Timed, a
	// position is the time in Unix microseconds at which a segment begins.
	// Otherwise it is a number that counts up from segment to segment: the media
	// sequence number of HLS.
	Sequence int64
	Timed    bool
	// Ended is whether no segment will follow.
	Ended bool
	// Dated is whether the segments have times.
	Dated bool
	// TargetDuration is how long a segment may be, in microseconds: the target
	// duration in HLS, the longest segment in DASH.
	TargetDuration int64
	// LiveDelay is how far from the live edge players begin, in microseconds: in HLS
	// two target durations or what EXT-X-START says, in DASH the greater of
	// suggestedPresentationDelay and minBufferTime.
	LiveDelay int64
	// Version orders states of a timed timeline that end at one time: the publishTime
	// of an MPD in Unix microseconds; 0 is unknown.
	Version int64
	// Unread are the markers that could not be understood, in order.
	Unread []UnreadMarker
}

// Line is the timeline itself: what is read from a playlist or an MPD embeds it.
func (t *Timeline) Line() *Timeline { return t }

// Next is the position after the last segment.
func (t *Timeline) Next() int64 { return t.Position(len(t.Segments)) }

// Position is the position of segment i; that of the one after the last is the
// position after it.
func (t *Timeline) Position(i int) int64 {
	if !t.Timed {
		return t.Sequence + int64(i)
	}
	if n := len(t.Segments); i >= n {
		if n == 0 {
			return t.Sequence
		}
		return t.Segments[n-1].Time + t.Segments[n-1].Duration
	}
	return t.Segments[i].Time
}

// Index is where a position stands in Segments; it may lie outside. Where a timed
// timeline has no segment that begins there, it is the next one.
func (t *Timeline) Index(position int64) int {
	if !t.Timed {
		return int(position - t.Sequence)
	}
	if position < t.Sequence {
		return -1
	}
	return sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].Time >= position })
}

// Segment is what decisions need to know of a segment.
type Segment struct {
	// Duration is the length in microseconds: EXTINF in HLS.
	Duration int64
	// Time is when the segment begins, in Unix microseconds. In HLS it is its own
	// EXT-X-PROGRAM-DATE-TIME, or counted from the nearest one; it is there only
	// where the timeline is Dated. In DASH it is availabilityStartTime + Period@start
	// + its time in the Period.
	Time int64
	// Number is the discontinuity number: EXT-X-DISCONTINUITY-SEQUENCE plus
	// the tags up to and including the segment's own. It is 0 in DASH.
	Number int64
	// Discontinuity is whether the segment carries the tag.
	Discontinuity bool
	// Identity is a hash of the URI's path and of the byte range, if any. The
	// host and the query are left out: a failover changes the one, tokens in
	// the other change at every fetch.
	Identity uint64
	// Signals are the markers that stand before the segment, in order.
	Signals []Signal
}

// UnreadMarker is a marker that could not be understood.
type UnreadMarker struct {
	// Segment is the index of the segment that it stands before.
	Segment int
	// Line is the marker as written, cut to a bounded length.
	Line string
}

// Resource is a URI or a byte range of it.
type Resource struct {
	// URI is absolute.
	URI string
	// Offset and Length are in bytes; Length 0 is all of it.
	Offset, Length int64
}

// Edge is the date at which the last segment ends, Unix microseconds; 0 where
// the timeline is not Dated or has no segments.
func (t *Timeline) Edge() int64 {
	if n := len(t.Segments); n > 0 && t.Dated {
		return t.Segments[n-1].Time + t.Segments[n-1].Duration
	}
	return 0
}
