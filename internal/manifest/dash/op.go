package dash

import (
	"cmp"
	"slices"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
)

// attribute is an attribute that a split Period, or the head, may have to change.
type attribute uint8

const (
	attrID attribute = iota + 1
	attrStart
	attrDuration
	attrOffset
	attrNumber
	attrDelta
	attrPresented
	attrLast
	attrPublished
	attrUpdate
	attrTotal
)

var attributes = [...]string{
	attrID: "id", attrStart: "start", attrDuration: "duration",
	attrOffset: "presentationTimeOffset", attrNumber: "startNumber", attrDelta: "eptDelta",
	attrPresented: "presentationDuration", attrLast: "endNumber", attrPublished: "publishTime",
	attrUpdate: "minimumUpdatePeriod", attrTotal: "mediaPresentationDuration",
}

// slot is where the attribute stands in the body: whole with the white space before
// it, value within the quotes. Where the element has none, both are empty and stand
// where one goes.
type slot struct {
	kind         attribute
	whole, value markup.Span
	// location is the slot for a Location element, where kind is 0.
	location bool
}

// opKind is what an op is about.
type opKind uint8

const (
	opPeriod opKind = iota + 1
	opSet
	opRepresentation
	opStream
	opEvent
	opStreamTag
	opAddress
	opTimeline
	opURLs
	// opContinuity is a descriptor that says that the set goes on from the Period
	// before.
	opContinuity
	// opFile is where a SegmentBase goes in a Representation without one.
	opFile
)

// op is a place in a Period's text that a split changes.
type op struct {
	kind opKind
	markup.Span
	slots []slot
	// next is the op after all that stand within this one.
	next    int
	address *addressing.Address
	// set and rep are indexes in the Period; rep within the set.
	set, rep int
	// stream and event are indexes of the Period's streams.
	stream, event int
}

// slotsOf are the places of attributes in a start tag, in order.
func slotsOf(n *markup.Node, at func(int) int, kinds ...attribute) []slot {
	slots := make([]slot, 0, len(kinds))
	for _, kind := range kinds {
		s := slot{kind: kind}
		if a := n.Find(attributes[kind]); a != nil {
			s.whole = a.Whole.Moved(at)
			s.value = a.Value.Moved(at)
		} else {
			here := at(n.NameEnd())
			s.whole, s.value = markup.Span{From: here, To: here}, markup.Span{From: here, To: here}
		}
		slots = append(slots, s)
	}
	// One that is not there comes before the attribute that begins at its place.
	slices.SortStableFunc(slots, func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.whole.From, b.whole.From), cmp.Compare(a.whole.To, b.whole.To))
	})
	return slots
}
