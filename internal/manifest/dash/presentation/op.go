package presentation

import (
	"cmp"
	"slices"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
)

// Attribute is an attribute that a split Period, or the head, may have to change.
type Attribute uint8

// The attributes.
const (
	AttrID Attribute = iota + 1
	AttrStart
	AttrDuration
	AttrOffset
	AttrNumber
	AttrDelta
	AttrPresented
	AttrLast
	AttrPublished
	AttrUpdate
	AttrTotal
)

var attributes = [...]string{
	AttrID: "id", AttrStart: "start", AttrDuration: "duration",
	AttrOffset: "presentationTimeOffset", AttrNumber: "startNumber", AttrDelta: "eptDelta",
	AttrPresented: "presentationDuration", AttrLast: "endNumber", AttrPublished: "publishTime",
	AttrUpdate: "minimumUpdatePeriod", AttrTotal: "mediaPresentationDuration",
}

// Name is that of the attribute.
func (a Attribute) Name() string { return attributes[a] }

// Slot is where an attribute stands in the body: Whole with the white space before
// it, Value within the quotes. Where the element has none, both are empty and stand
// where one goes.
type Slot struct {
	Kind         Attribute
	Whole, Value markup.Span
	// Location is whether it is the slot for a Location element, where Kind is 0.
	Location bool
}

// OpKind is what an Op is about.
type OpKind uint8

// The kinds: the start tag of the Period, a set, a Representation, an EventStream, one of
// its events, its start tag, the start tag of an address, the inside of its SegmentTimeline,
// its SegmentURLs.
const (
	OpPeriod OpKind = iota + 1
	OpSet
	OpRepresentation
	OpStream
	OpEvent
	OpStreamTag
	OpAddress
	OpTimeline
	OpURLs
	// OpContinuity is a descriptor that says that the set goes on from the Period
	// before.
	OpContinuity
	// OpFile is where a SegmentBase goes in a Representation without one.
	OpFile
)

// Op is a place in a Period's text that a split changes.
type Op struct {
	Kind OpKind
	markup.Span
	Slots []Slot
	// Next is the index of the Op after all that stand within this one.
	Next    int
	Address *addressing.Address
	// Set is an index in the Period, Rep in the set.
	Set, Rep int
	// Stream and Event are indexes of streams of the Period, and of their events.
	Stream, Event int
}

// slotsOf are the places of attributes in a start tag, in order.
func slotsOf(n *markup.Node, at func(int) int, kinds ...Attribute) []Slot {
	slots := make([]Slot, 0, len(kinds))
	for _, kind := range kinds {
		s := Slot{Kind: kind}
		if a := n.Find(attributes[kind]); a != nil {
			s.Whole = a.Whole.Moved(at)
			s.Value = a.Value.Moved(at)
		} else {
			here := at(n.NameEnd())
			s.Whole, s.Value = markup.Span{From: here, To: here}, markup.Span{From: here, To: here}
		}
		slots = append(slots, s)
	}
	// One that is not there comes before the attribute that begins at its place.
	slices.SortStableFunc(slots, func(a, b Slot) int {
		return cmp.Or(cmp.Compare(a.Whole.From, b.Whole.From), cmp.Compare(a.Whole.To, b.Whole.To))
	})
	return slots
}
