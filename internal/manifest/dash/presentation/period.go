package presentation

import (
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/cue"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
	"stitcher/internal/manifest/dash/track"
)

// Period is a Period of the origin.
type Period struct {
	// Node is its element in the source, ID its id, "" where it has none.
	Node *markup.Node
	ID   string
	addressing.Bounds
	// Stated is whether the element says itself where it begins.
	Stated bool
	// Early is a Period that is announced without a start; it is not on the
	// timeline.
	Early bool
	// Linked is whether a set says that it goes on from the Period before.
	Linked bool
	// Avail is whether the Period is an avail.
	Avail bool
	Sets  []Set
	// streams are the EventStreams whose events have to follow a split.
	streams []stream
	// cues are the SCTE-35 events.
	cues []cue.Cue
	// Reference is the Representation that feeds the timeline; nil where none can.
	Reference *Representation

	// Gap is the text between the Period before and this one, Text the element,
	// both in the body; Ops are the places in it that a split changes, in order.
	Gap, Text markup.Span
	Ops       []Op
	// Bases are its BaseURLs, Spaces its declarations of namespaces, in the body.
	Bases, Spaces []markup.Span
}

// Set is an AdaptationSet.
type Set struct {
	// Node is its element in the source, Index its place among those of the Period.
	Node  *markup.Node
	Index int
	// Kind is that of its first Representation, as in Track.
	Kind string
	Reps []Representation
}

// Representation is a Representation.
type Representation struct {
	// Node is its element in the source.
	Node  *markup.Node
	Track track.Track
	URLs  addressing.URLs
	// Early is the availabilityTimeOffset of its BaseURLs in microseconds.
	Early int64
	// Address is where its segments are; nil where it is one file without an
	// index that the MPD mentions.
	Address *addressing.Address
}

// File is whether the Period has an end and is played from files whose segments the MPD
// does not list.
func (p *Period) File() bool {
	return !p.Early && p.End >= 0 && p.Reference != nil && p.Reference.Address.File()
}

func floorMicros(ns int64) int64 { return quantity.Micros(ns, 0, 1) }

// Zero is when the media time 0 of the Period is, or its segment 0 where they are counted,
// in Unix microseconds.
func (p *Period) Zero() int64 {
	if p.Reference == nil {
		return p.From()
	}
	return p.Reference.Address.Zero(&p.Bounds)
}
