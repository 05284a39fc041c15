package dash

import (
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// period is a Period of the origin.
type period struct {
	node *markup.Node
	id   string
	addressing.Bounds
	// stated is whether the element says itself where it begins.
	stated bool
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

	// gap is the text between the Period before and this one, text the element,
	// both in the body; ops are the places in it that a split changes, in order.
	gap, text markup.Span
	// layout is a hash of its sets.
	layout uint64
	// bases are its BaseURLs, spaces its declarations of namespaces.
	bases, spaces []markup.Span
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
	urls  addressing.URLs
	// early is the availabilityTimeOffset of its BaseURLs in microseconds.
	early int64
	// address is where its segments are; nil where it is one file without an
	// index that the MPD mentions.
	address *addressing.Address
}

// file is whether the Period has an end and is played from files whose segments the MPD
// does not list.
func (p *period) file() bool {
	return !p.early && p.End >= 0 && p.reference != nil && p.reference.address.File()
}

func floorMicros(ns int64) int64 { return quantity.Micros(ns, 0, 1) }
