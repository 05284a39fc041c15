package origin

import (
	"net/url"
	"slices"

	"stitcher/internal/manifest"
)

// Reference is the name of a stream's timeline in the ledger. All times, markers,
// discontinuity numbers and boundaries of avails are taken on it. It has no
// segments of its own: a rendition feeds it, and another goes on with it when that
// one dies (google/ExoPlayer#537, shaka-project/shaka-player#6940).
const Reference = ""

// Document is the playlist or MPD that a timeline was read from.
type Document interface {
	// Line is the timeline; each call returns the same one.
	Line() *manifest.Timeline
	// Source is its text, which must not be changed, and what its URIs are relative
	// to; nil where that was not given.
	Source() (text []byte, base *url.URL)
}

// View is a manifest's timeline placed on its stream's timeline. It is immutable and
// shared by all sessions.
type View struct {
	*manifest.Timeline
	// Document is what the timeline was read from; nil in a view of the stream's
	// timeline that is no rendition's.
	Document Document
	// Epoch is the run of the origin's numbers that the template belongs to.
	Epoch Epoch
	// Times are the stream times at which the segments begin, and one more:
	// the end of the last.
	Times []int64
	// Placed is false where the rendition has no dates and nothing else that
	// maps it to the reference; Times then mean nothing.
	Placed bool
	// Target is the rendition's target duration in microseconds as the ledger first
	// saw it. Half of it is the tolerance of mapping.
	Target int64
	// First is the number of the first segment that this rendition listed in
	// the epoch, where an earlier epoch was seen; -1 otherwise. That segment
	// gets a DISCONTINUITY. Those before it were listed in the epoch before, and are not
	// listed again.
	First int64
	// From is the stream time from which on avails can be mapped; 0 is any, for
	// times before 1970 too.
	// Numbers below Shown were listed before the rendition was Placed. Rough is
	// set while Times are an estimate.
	From, Shown int64
	Rough       bool
	// Fed is the number before which the segments were part of the timeline, or
	// older: nothing of them can turn out to be an avail that is not known.
	Fed int64
	// held keeps Times shared with other views; nil where they are not.
	held *heldTimes
}

// Maps says whether the cuts of an avail that begins at a stream time can be
// found in the rendition.
func (v *View) Maps(start int64) bool {
	return v.Placed && !v.Rough && (v.From == 0 || start >= v.From)
}

// Head is the position of the first segment.
func (v *View) Head() int64 { return v.Sequence }

// Edge is the stream time at which the last segment ends.
func (v *View) Edge() int64 { return v.Times[len(v.Times)-1] }

// Start is the stream time at which the first segment begins.
func (v *View) Start() int64 { return v.Times[0] }

// NumberBefore is the discontinuity number just before segment i.
func (v *View) NumberBefore(i int) int64 {
	if i > 0 {
		return v.Segments[i-1].Number
	}
	n := v.Segments[0].Number
	if v.Segments[0].Discontinuity {
		n--
	}
	return n
}

// Same is whether a template shows the same segments as v does.
func (v *View) Same(t *manifest.Timeline) bool {
	n := len(v.Segments)
	if t.Timed && (t.Version != v.Version || !sameMarkers(v.Segments, t.Segments)) {
		return false
	}
	return t.Sequence == v.Sequence && len(t.Segments) == n && t.Ended == v.Ended &&
		t.Segments[n-1].Identity == v.Segments[n-1].Identity &&
		t.Segments[n-1].Duration == v.Segments[n-1].Duration &&
		len(t.Segments[n-1].Signals) == len(v.Segments[n-1].Signals)
}

// sameMarkers is whether segments begin at the same times and have as many markers.
// An MPD's events come and go apart from its segments.
func sameMarkers(a, b []manifest.Segment) bool {
	return slices.EqualFunc(a, b, func(x, y manifest.Segment) bool {
		return x.Time == y.Time && len(x.Signals) == len(y.Signals)
	})
}
