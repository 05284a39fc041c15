package addressing

import (
	"math/bits"
	"sort"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Kind is how segments are addressed.
type Kind uint8

// The kinds of addresses.
const (
	Template Kind = iota + 1
	List
	Single // SegmentBase: one file with an index of its own
)

// Element is the name of the element of a kind.
func (k Kind) Element() string {
	return [...]string{Template: "SegmentTemplate", List: "SegmentList", Single: "SegmentBase"}[k]
}

// Sliver is how near a time has to be to a segment's boundary to be on it, in
// microseconds, and how much of a segment a Period may leave out: a little more
// than an AAC frame at 44.1 kHz, less than a picture at 30 Hz. A segment that
// straddles a break by no more stands in one of the two Periods, because
// mpd-parser adds up the durations that an MPD lists: with it in both, video.js
// takes its sound to be a segment later than its picture, and never starts where
// the two begin in different Periods.
const Sliver = 25_000

// Bounds are where a Period begins and ends.
type Bounds struct {
	// Origin is what the times of the stream count from, in Unix microseconds.
	Origin int64
	// Start and End are in nanoseconds from Origin. End is -1 while nothing says
	// where it is.
	Start, End int64
}

// From is where the Period begins, in Unix microseconds.
func (b *Bounds) From() int64 { return b.Origin + quantity.Micros(b.Start, 0, 1) }

// Until is where the Period ends, in Unix microseconds; Never where it is open.
func (b *Bounds) Until() int64 {
	if b.End < 0 {
		return quantity.Never
	}
	return b.Origin + quantity.Micros(b.End, 0, 1)
}

// Address is what one SegmentTemplate, SegmentList or SegmentBase says, with what it
// inherits from those of the same name above it, in one Period. Nil is a file without an
// index that the MPD mentions. Times are Unix microseconds.
type Address struct {
	kind   Kind
	bounds Bounds
	node   *markup.Node
	scale  int64
	// offset is presentationTimeOffset, delta eptDelta, number startNumber, length
	// duration, last endNumber (0 if there is none).
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
	// from the first SegmentURL to the last, in the source.
	inner, urlSpan markup.Span
}

// segmentURL is a SegmentURL of a SegmentList.
type segmentURL struct {
	markup.Span
	media string
	at    Resource
}

// run is a row of segments of equal length: an S of a SegmentTimeline.
type run struct {
	// t is the media time of the first, d the length of each in ticks, n how many,
	// index how many segments the timeline has before them.
	t, d, n, index int64
	// Span is the S in the body; empty where there is none. The others are the
	// values of its attributes, empty where it has none; name is where its name
	// ends.
	markup.Span
	name       int
	at, repeat markup.Span
	numbered   markup.Span
	number     int64
}

// end is the media time after the run.
func (r *run) end() int64 {
	if high, length := bits.Mul64(uint64(r.d), uint64(r.n)); high == 0 && length < quantity.Never {
		return r.t + int64(length)
	}
	return quantity.Never
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

// File is whether the Representation is one file whose segments the MPD does not list.
func (a *Address) File() bool { return a == nil || a.kind == Single }

// Lists is whether the MPD addresses segments.
func (a *Address) Lists() bool { return !a.File() && len(a.runs) > 0 }

// Open is whether there are more segments as time goes on.
func (a *Address) Open() bool { return a != nil && a.open }

// Timed is whether a SegmentTimeline says when segments are.
func (a *Address) Timed() bool { return a.timeline }

// Scale is the timescale: ticks in a second.
func (a *Address) Scale() int64 {
	if a == nil {
		return 1
	}
	return a.scale
}

// Offset is the media time at which the Period begins, in ticks.
func (a *Address) Offset() int64 { return a.offset }

// Number is the number of segment n, from 0, in URLs.
func (a *Address) Number(n int64) int64 { return a.number + n }

// Count is how many segments the MPD addresses; 0 where there are none.
func (a *Address) Count() int64 {
	if a == nil {
		return 0
	}
	return count(a.runs, len(a.runs), 0)
}

// Media is the media time at a time, in ticks.
func (a *Address) Media(at int64) int64 {
	return quantity.Ticks(at-a.bounds.Origin, a.bounds.Start, a.scale) + a.offset
}

// at is the time at a media time.
func (a *Address) at(ticks int64) int64 {
	return a.bounds.Origin + quantity.Micros(a.bounds.Start, ticks-a.offset, a.scale)
}

// Time is when segment n begins, from 0; that of the one after the last is when the last
// ends. There must be segments.
func (a *Address) Time(n int64) int64 {
	i := len(a.runs) - 1
	for i > 0 && a.runs[i].index >= n {
		i--
	}
	r := &a.runs[i]
	return a.at(r.t + (n-r.index)*r.d)
}

// Available is how many segments there are at a time.
func (a *Address) Available(now int64) int64 {
	if a.Count() == 0 {
		return 0
	}
	r := &a.runs[len(a.runs)-1]
	if !a.open {
		return r.index + r.n
	}
	end := now
	if until := a.bounds.Until(); until < end {
		// The last segment of a Period may reach past its end.
		end = until + quantity.Micros(0, r.d-1, a.scale)
	}
	n := (a.Media(end) - r.t) / r.d
	// The time is rounded to a tick, which may be a second long.
	if n > 0 && a.Time(r.index+n) > end {
		n--
	} else if n >= 0 && n < r.n && a.Time(r.index+n+1) <= end {
		n++
	}
	return r.index + min(max(n, 0), r.n)
}

// Ahead is how long before a segment is complete it can be asked for, in microseconds,
// where the BaseURLs say another such time: at most the length of a segment.
func (a *Address) Ahead(base int64) int64 {
	if !a.Open() {
		return 0
	}
	return min(a.early+base, quantity.Micros(0, a.runs[len(a.runs)-1].d, a.scale))
}

// From is the segment that a time falls into, where it is one of those of equal length that
// come last; 0 where it is before them. There must be segments.
func (a *Address) From(at int64) int64 {
	r := &a.runs[len(a.runs)-1]
	media := a.Media(at)
	if media <= r.t {
		return 0
	}
	return r.index + (media-r.t)/r.d
}

// Each calls do for the segments from begin up to end: with its index, its media time in
// ticks, and the times at which it begins and ends.
func (a *Address) Each(begin, end int64, do func(n, media, from, until int64)) {
	i, k := 0, int64(0)
	for i < len(a.runs) && a.runs[i].index+a.runs[i].n <= begin {
		i++
	}
	if i < len(a.runs) {
		k = max(begin-a.runs[i].index, 0)
	}
	for ; i < len(a.runs); i, k = i+1, 0 {
		r := &a.runs[i]
		from := a.at(r.t + k*r.d)
		for ; k < r.n && r.index+k < end; k++ {
			media := r.t + k*r.d
			until := a.at(media + r.d)
			do(r.index+k, media, from, until)
			from = until
		}
	}
}

// Zero is when the media time 0 is, or segment 0 where they are counted; the begin of the
// Period where nothing tells.
func (a *Address) Zero(b *Bounds) int64 {
	at := b.From()
	switch {
	case a == nil:
	case a.timeline:
		return at - quantity.Micros(0, a.offset, a.scale)
	case a.kind == Template && a.open && a.length > 0 && a.number < quantity.MaxTicks/a.length:
		return at - quantity.Micros(0, a.number*a.length, a.scale)
	}
	return at
}

// Move takes the places of its text from the source to the body. It returns the text within
// its own SegmentTimeline, timed whether there is one, and that from its first SegmentURL to
// its last, empty where there are none; both in the body.
func (a *Address) Move(at func(int) int) (timeline markup.Span, timed bool, urls markup.Span) {
	if timed = a.node.Child("SegmentTimeline") != nil; timed {
		timeline = a.inner.Moved(at)
		for i := range a.runs {
			r := &a.runs[i]
			r.Span, r.at, r.repeat, r.numbered, r.name = r.Moved(at), r.at.Moved(at), r.repeat.Moved(at), r.numbered.Moved(at), at(r.name)
		}
	}
	if !a.urlSpan.Empty() {
		urls = a.urlSpan.Moved(at)
		for i := range a.urls {
			a.urls[i].Span = a.urls[i].Moved(at)
		}
	}
	return timeline, timed, urls
}

// Forget lets go of the part of the tree that is not needed any more, which is most of
// it: the entries of timelines and lists.
func (a *Address) Forget() {
	if line := a.node.Child("SegmentTimeline"); line != nil {
		line.Children = nil
	}
	if a.kind == List {
		a.node.Children = nil
	}
}
