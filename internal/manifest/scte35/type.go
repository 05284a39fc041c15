package scte35

// Type is a segmentation_type_id (SCTE 35 table 23).
type Type uint8

// The types that mean something to avails. The type that ends what one of the
// others starts is one more.
const (
	ProgramEarlyTermination Type = 0x12
	BreakStart              Type = 0x22
	ProviderAdStart         Type = 0x30
	DistributorAdStart      Type = 0x32
	ProviderPOStart         Type = 0x34
	DistributorPOStart      Type = 0x36
	ProviderOverlayStart    Type = 0x38
	DistributorOverlayStart Type = 0x3A
	ProviderAdBlockStart    Type = 0x44
	DistributorAdBlockStart Type = 0x46
)

// action is what a type does to avails.
type action struct {
	kind Kind
	// rank is how far inside it lies: a break holds opportunities, a
	// provider's the distributor's, those hold blocks, and those ads (field
	// failure B-33).
	rank int
}

// actions is the one table of triggers. Programs, chapters, credits and promos
// are no avails.
var actions = map[Type]action{
	BreakStart:              {Out, 0},
	ProviderPOStart:         {Out, 1},
	DistributorPOStart:      {Out, 2},
	ProviderAdBlockStart:    {Out, 3},
	DistributorAdBlockStart: {Out, 3},
	ProviderAdStart:         {Out, 4},
	DistributorAdStart:      {Out, 4},

	BreakStart + 1:              {In, 0},
	ProviderPOStart + 1:         {In, 1},
	DistributorPOStart + 1:      {In, 2},
	ProviderAdBlockStart + 1:    {In, 3},
	DistributorAdBlockStart + 1: {In, 3},
	ProviderAdStart + 1:         {In, 4},
	DistributorAdStart + 1:      {In, 4},
	// A program that is terminated takes its breaks with it.
	ProgramEarlyTermination: {In, -1},

	ProviderOverlayStart:        {Overlay, 0},
	DistributorOverlayStart:     {Overlay, 0},
	ProviderOverlayStart + 1:    {OverlayEnd, 0},
	DistributorOverlayStart + 1: {OverlayEnd, 0},
}

// Kind is what a descriptor of the type does to avails; None for programs,
// chapters and all the rest.
func (t Type) Kind() Kind { return actions[t].kind }

// Within says whether t starts or ends something that lies inside what outer
// starts: an ad in a break. While the outer one is open the inner one is no
// signal (field failure B-33).
func (t Type) Within(outer Type) bool {
	inner, around := actions[t], actions[outer]
	return (inner.kind == Out || inner.kind == In) && around.kind == Out && inner.rank > around.rank
}

// subSegmented says whether a descriptor of the type may close with a
// sub-segment's number (SCTE 35 §10.3.3).
func (t Type) subSegmented() bool {
	kind := t.Kind()
	return (kind == Out || kind == Overlay) && t != BreakStart
}
