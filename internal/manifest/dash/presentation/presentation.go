package presentation

import (
	"net/url"
	"time"

	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/track"
)

// Presentation is an origin's MPD, read and rewritten for all its viewers. It is not changed
// once it was read. Times are in microseconds: Unix times, or durations that are -1 where
// they are absent.
type Presentation struct {
	// Origin is what the times of the stream count from: availabilityStartTime, or a time of
	// its own where a static MPD has none.
	Origin int64
	// Depth is timeShiftBufferDepth, Total mediaPresentationDuration.
	Depth, Total int64
	// Periods are in the order of the MPD.
	Periods []Period
	// Marks and Avails are what the events say.
	Marks  []cue.Mark
	Avails []cue.Avail

	// Body is the rewritten text. The Head ends where the first Period's text begins,
	// the Tail is after the last. HeadSlots are the places in the Head that viewers have
	// in common but for their values, in order.
	Body       []byte
	Head, Tail markup.Span
	HeadSlots  []Slot
	// Clocked is whether there is a UTCTiming; ClockAt is where in the Body one goes.
	Clocked bool
	ClockAt int
	// Indent is the white space before the MPD's children, Prefix the namespace prefix of
	// its elements with its colon.
	Indent, Prefix string
	// Root is the MPD in the source, without the entries of timelines and lists.
	Root *markup.Node

	dynamic bool
	// published is publishTime, 0 where absent.
	published int64
	// update, delay and buffer are minimumUpdatePeriod, suggestedPresentationDelay and
	// minBufferTime.
	update, delay, buffer int64
	location              string
	tracks                []track.Track
	// places say where a track is addressed: its newest Period first.
	places  [][]place
	options Options
	// omitted are the Representations that were left out.
	omitted []Omitted
	source  []byte
	base    *url.URL
	// sum is a hash of source.
	sum uint64
	// where is the place in the body of a place in the source.
	where func(int) int
}

// staticBase is where the timeline of a static MPD without availabilityStartTime
// begins, in Unix microseconds: not at 0, which means "unknown" elsewhere.
const staticBase = 1_000_000

// Source is the MPD that was read, and what its URLs are
// relative to; nil where that was not given. The text must not be changed.
func (t *Presentation) Source() (text []byte, base *url.URL) { return t.source, t.base }

// Options are those that the MPD was read with.
func (t *Presentation) Options() Options { return t.options }

// Sum is a hash of the MPD that was read.
func (t *Presentation) Sum() uint64 { return t.sum }

// Dynamic is whether MPD@type is dynamic.
func (t *Presentation) Dynamic() bool { return t.dynamic }

// Update is minimumUpdatePeriod, 0 where absent.
func (t *Presentation) Update() time.Duration { return microseconds(t.update) }

// Window is timeShiftBufferDepth, 0 where absent.
func (t *Presentation) Window() time.Duration { return microseconds(t.Depth) }

func microseconds(us int64) time.Duration { return time.Duration(max(us, 0)) * time.Microsecond }

// LiveDelay is how far behind the live edge players are to be, in microseconds:
// suggestedPresentationDelay or minBufferTime, 0 where both are absent.
func (t *Presentation) LiveDelay() int64 { return max(t.delay, t.buffer, 0) }

// Published is publishTime in Unix microseconds, 0 where absent.
func (t *Presentation) Published() int64 { return t.published }

// Location is the first Location as an absolute URL, "" where there is none. The
// origin is polled there next.
func (t *Presentation) Location() string { return t.location }

// Tracks are the Representations, one for each id: those of the first Period that
// has segments in document order, then those that only other Periods have.
func (t *Presentation) Tracks() []track.Track { return t.tracks }

// Written is what the body has of a stretch of the source.
func (t *Presentation) Written(s markup.Span) []byte { return t.Body[t.where(s.From):t.where(s.To)] }
