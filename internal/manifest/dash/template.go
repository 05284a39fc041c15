package dash

import (
	"net/url"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/gzipped"
)

// Template is an origin's MPD, read once for all its viewers. It is immutable.
type Template struct {
	dynamic bool
	// origin is what stream times count from, in Unix microseconds:
	// availabilityStartTime, or staticBase where a static MPD has none.
	origin int64
	// published is publishTime, 0 where absent.
	published int64
	// update, depth, delay, buffer and total are durations in microseconds, -1
	// where absent: minimumUpdatePeriod, timeShiftBufferDepth,
	// suggestedPresentationDelay, minBufferTime, mediaPresentationDuration.
	update, depth, delay, buffer, total int64
	location                            string
	periods                             []period
	tracks                              []Track
	// places say where a track is addressed: its newest Period first.
	places  [][]place
	options Options
	// omitted are the Representations that were left out.
	omitted []Omitted
	// sum is a hash of source.
	sum uint64
	// kept is whether SCTE-35 events stay in the output.
	kept bool
	// marks and avails are what the events say.
	marks  []cue.Mark
	avails []cue.Avail
	// single is Options.SinglePeriod.
	single bool

	// body is the rewritten text; the head ends where the first Period's text
	// begins, the tail is after the last.
	body       []byte
	head, tail markup.Span
	headSlots  []slot
	// clocked is whether there is a UTCTiming; clockAt is where one goes.
	clocked bool
	clockAt int
	// indent is the white space before the MPD's children.
	indent string
	// where is the place in the body of a place in the source.
	where func(int) int
	// pieces are the body, deflated.
	pieces gzipped.Lazy
	// ads are the texts of ads, made when they are first written.
	ads *adCache
	// prefix is the namespace prefix of the MPD's elements with its colon.
	prefix string
	// fixed is the view of an MPD that does not change with time.
	fixed *View
	// newest is the last view that was made of another MPD.
	newest atomic.Pointer[View]

	// publication is what it is published as, once that is known.
	publication atomic.Pointer[publication]

	// files is how long the Periods are that are played from files, in microseconds.
	files int64

	source []byte
	base   *url.URL
	// bases are the MPD's own BaseURLs, spaces the namespaces that it declares.
	bases, spaces string
}

// staticBase is where the timeline of a static MPD without availabilityStartTime
// begins, in Unix microseconds: not at 0, which means "unknown" elsewhere.
const staticBase = 1_000_000

// Options say how an MPD is compiled. Templates of the same bytes with equal options
// are equal, so they are shared between sessions.
type Options struct {
	// Base is the final URL of the MPD after redirects; relative URLs resolve
	// against it.
	Base *url.URL
	// ContentFrom and ContentTo replace the head of absolute content URLs
	// (MediaTailor's ContentSegmentUrlPrefix): a URL that starts with ContentFrom
	// starts with ContentTo instead. Both empty: no change.
	ContentFrom, ContentTo string
	// Query is appended to segment URLs (manifest.* parameters), without the
	// leading "?" or "&".
	Query string
	// Passthrough keeps SCTE-35 event streams in the output; otherwise they are
	// removed, because players choke on them (field failure B-81).
	Passthrough bool
	// SinglePeriod is MediaTailor's OriginManifestType SINGLE_PERIOD: each ad event
	// is an avail at its own time, even where it stands at the start of a Period.
	SinglePeriod bool
	// Fit is whether ads can be like a Representation with a codecs attribute; those that
	// none can be like are left out. Nil is that all fit.
	Fit func(codecs string) bool
}

// Source is the MPD that the template was compiled from, and what its URLs are
// relative to; nil where that was not given. The text must not be changed.
func (t *Template) Source() (text []byte, base *url.URL) { return t.source, t.base }

// Options are those that the MPD was compiled with.
func (t *Template) Options() Options { return t.options }

// Sum is a hash of the MPD that the template was compiled from.
func (t *Template) Sum() uint64 { return t.sum }

// Dynamic is whether MPD@type is dynamic.
func (t *Template) Dynamic() bool { return t.dynamic }

// Update is minimumUpdatePeriod, 0 where absent.
func (t *Template) Update() time.Duration { return microseconds(t.update) }

// Window is timeShiftBufferDepth, 0 where absent.
func (t *Template) Window() time.Duration { return microseconds(t.depth) }

func microseconds(us int64) time.Duration { return time.Duration(max(us, 0)) * time.Microsecond }

// Published is publishTime in Unix microseconds, 0 where absent.
func (t *Template) Published() int64 { return t.published }

// Location is the first Location as an absolute URL, "" where there is none. The
// origin is polled there next.
func (t *Template) Location() string { return t.location }

// Tracks are the Representations, one for each id: those of the first Period that
// has segments in document order, then those that only other Periods have.
func (t *Template) Tracks() []Track { return t.tracks }

// Track describes a Representation, with what it inherits from its AdaptationSet.
type Track struct {
	// ID is Representation@id; Set is the index of its AdaptationSet in the Period.
	ID  string
	Set int
	// Kind is "video", "audio", "text", "image", or "trick" for a video in trick
	// mode.
	Kind     string
	MimeType string
	Codecs   string
	Language string
	// Role is the value of the first Role, Label the text of the first Label.
	Role, Label string
	Bandwidth   int
	// Width and Height are in pixels, SampleRate in Hz; 0 is unknown.
	Width, Height, SampleRate, Channels int
	FrameRate                           avail.Ratio
	// Timescale is that of the segment addresses.
	Timescale int64
	// Protected is whether ContentProtection applies.
	Protected bool
	// Container is "mp4", "webm", "mp2t", "" for plain files (WebVTT, TTML,
	// images).
	Container string
	// Dependent is whether it needs another Representation (dependencyId).
	Dependent bool
}
