package avail

// Events is a set of beacon events that a segment request implies. The order
// of the bits is the order in which they are sent.
type Events uint16

// The events a segment request can trigger (VAST 4.3 §3.14.1, VMAP 1.0.1).
const (
	BreakStart Events = 1 << iota
	Impression
	Start
	FirstQuartile
	Midpoint
	ThirdQuartile
	Complete
	BreakEnd
)

// eventNames are the names that VAST and VMAP documents use.
var eventNames = []string{
	"breakStart", "impression", "start", "firstQuartile", "midpoint",
	"thirdQuartile", "complete", "breakEnd",
}

// Names lists the set's events in sending order.
func (e Events) Names() []string {
	var names []string
	for i, n := range eventNames {
		if e&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Trigger is the durable unit of tracking: the events of one ad that segment
// requests have implied so far. A later request only widens the set.
type Trigger struct {
	Session string `json:"session"`
	Avail   Key    `json:"avail"`
	// Ad is the index of the item in the decision.
	Ad     int    `json:"ad"`
	Events Events `json:"events"`
	// At is when the request came, Unix microseconds of wall clock.
	At int64 `json:"at"`
}
