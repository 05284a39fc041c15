package dash

import (
	"fmt"
	"math/bits"
	"sort"

	"stitcher/internal/manifest/dash/markup"
)

// addressing is how the segments of a Representation are found.
type addressing uint8

const (
	template addressing = iota + 1
	list
	single // SegmentBase: one file with an index of its own
)

// errSegments says that the timeline is too long to be listed.
var errSegments = fmt.Errorf("timeline has more than %d segments", mostSegments)

var elements = [...]string{template: "SegmentTemplate", list: "SegmentList", single: "SegmentBase"}

// address is what one SegmentTemplate, SegmentList or SegmentBase says, with what it
// inherits from those of the same name above it.
type address struct {
	kind  addressing
	node  *markup.Node
	scale int64
	// offset is presentationTimeOffset, delta eptDelta, number startNumber, length
	// duration, last endNumber (0 is none).
	offset, delta, number, length, last int64
	// runs are the entries of the SegmentTimeline, or one for @duration. open is
	// whether the last of them goes on as time does, to the Period's end.
	runs []run
	open bool
	// early is availabilityTimeOffset in microseconds: how long before a segment is
	// complete it can be asked for (low latency), but for more than a segment.
	early int64
	// timeline is whether a SegmentTimeline is in effect.
	timeline bool
	media    string
	init     string
	// initRange and the urls are those of a SegmentList or a SegmentBase.
	initRange Resource
	urls      []segmentURL
	// inner is the text within the SegmentTimeline in this element, urlSpan that
	// from the first SegmentURL to the last, in the body.
	inner, urlSpan span
}

// segmentURL is a SegmentURL of a SegmentList.
type segmentURL struct {
	span
	media string
	at    Resource
}

// run is a row of segments of equal length: an S of a SegmentTimeline.
type run struct {
	// t is the media time of the first, d the length of each in ticks, n how many,
	// index how many segments the timeline has before them.
	t, d, n, index int64
	// span is the S in the body; empty where there is none. The others are the
	// values of its attributes, empty where it has none; name is where its name
	// ends.
	span
	name       int
	at, repeat span
	numbered   span
	number     int64
}

// end is the media time after the run.
func (r *run) end() int64 {
	if high, length := bits.Mul64(uint64(r.d), uint64(r.n)); high == 0 && length < never {
		return r.t + int64(length)
	}
	return never
}

// countless is how many segments a run has that goes on without an end.
const countless = 1 << 40

// first is the first segment that ends after a media time: run and index within it.
func first(runs []run, at int64) (i int, k int64) {
	i = sort.Search(len(runs), func(i int) bool { return runs[i].t > at }) - 1
	if i < 0 {
		return 0, 0
	}
	if r := &runs[i]; at < r.end() {
		return i, (at - r.t) / r.d
	}
	return i + 1, 0
}

// past is the first segment that begins at a media time or later.
func past(runs []run, at int64) (i int, k int64) {
	i = sort.Search(len(runs), func(i int) bool { return runs[i].t >= at }) - 1
	if i < 0 {
		return 0, 0
	}
	r := &runs[i]
	if k = (at - r.t + r.d - 1) / r.d; k < r.n {
		return i, k
	}
	return i + 1, 0
}

// count is how many segments the timeline has before segment k of run i.
func count(runs []run, i int, k int64) int64 {
	if i < len(runs) {
		return runs[i].index + k
	}
	if i == 0 {
		return 0
	}
	return runs[i-1].index + runs[i-1].n
}
