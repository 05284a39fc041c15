package dash

import (
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// period is a Period of the origin.
type period struct {
	node *markup.Node
	id   string
	// start is in nanoseconds from the origin of the timeline; stated is whether
	// the element says so itself. end is -1 while nothing says where it is.
	start, end int64
	stated     bool
	// early is a Period that is announced without a start; it is not on the
	// timeline.
	early bool
	// linked is whether a set says that it goes on from the Period before.
	linked bool
	// avail is whether the Period is an avail.
	avail bool
	sets  []adaptation
	// streams are the EventStreams whose events have to follow a split.
	streams []stream
	// cues are the SCTE-35 events.
	cues []cue.Cue
	// reference is the representation that feeds the timeline; nil where none can.
	reference *representation

	// gap is the text between the Period before and this one, span the element,
	// both in the body; ops are the places in it that a split changes, in order.
	gap, span span
	// layout is a hash of its sets.
	layout uint64
	// bases are its BaseURLs, spaces its declarations of namespaces.
	bases, spaces []span
	ops           []op
}

// adaptation is an AdaptationSet.
type adaptation struct {
	node  *markup.Node
	kind  string
	reps  []representation
	index int
}

// representation is a Representation.
type representation struct {
	node  *markup.Node
	id    string
	kind  string
	track Track
	// base is its URL base, resolved; early the availabilityTimeOffset of its BaseURLs in
	// microseconds.
	base  string
	early int64
	// address is where its segments are; nil where it is one file without an
	// index that the MPD mentions.
	address *address
}

// file is whether the Period has an end and is played from files whose segments the MPD
// does not list.
func (p *period) file() bool {
	if p.early || p.end < 0 || p.reference == nil {
		return false
	}
	a := p.reference.address
	return a == nil || a.kind == single
}

// at is where the Period begins on the stream, in Unix microseconds.
func (t *Template) at(p *period) int64 { return t.origin + floorMicros(p.start) }

// until is where the Period ends on the stream, in Unix microseconds; the end of
// time where it is open.
func (t *Template) until(p *period) int64 {
	if p.end < 0 {
		return never
	}
	return t.origin + floorMicros(p.end)
}

// never is later than any time.
const never = cue.Never

func floorMicros(ns int64) int64 { return quantity.Micros(ns, 0, 1) }
