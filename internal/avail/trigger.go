package avail

import (
	"iter"
	"strings"
)

// Events is a set of beacon events that segment requests imply. Its bits are
// stored: their values never change.
type Events uint64

// The events that a segment request can trigger (VAST 4.3 §3.14.1, VMAP 1.0.1).
// Bits from progressBit on are progress events: see Ad.Progress.
const (
	BreakStart Events = 1 << iota
	Impression
	Start
	FirstQuartile
	Midpoint
	ThirdQuartile
	Complete
	BreakEnd
	Loaded
	CreativeView
)

const (
	progressBit = 16
	// maxProgress is how many progress events an ad has. Bit 63 stays clear,
	// because databases store signed numbers.
	maxProgress = 40
	// progressEvent is the name of the progress event.
	progressEvent = "progress"
)

// progressEvents are all progress events.
const progressEvents Events = (1<<maxProgress - 1) << progressBit

// before and after are the events that are sent before and after those of
// progress, in sending order.
var (
	before = []Events{BreakStart, Loaded, Impression, CreativeView, Start, FirstQuartile, Midpoint, ThirdQuartile}
	after  = []Events{Complete, BreakEnd}
)

// eventNames are the names that VAST and VMAP documents use.
var eventNames = map[Events]string{
	BreakStart: "breakStart", Impression: "impression", Start: "start", FirstQuartile: "firstQuartile",
	Midpoint: "midpoint", ThirdQuartile: "thirdQuartile", Complete: "complete", BreakEnd: "breakEnd",
	Loaded: "loaded", CreativeView: "creativeView",
}

// Each gives the events of the set one by one, in sending order.
func (e Events) Each() iter.Seq[Events] {
	return func(yield func(Events) bool) {
		for _, event := range before {
			if e&event != 0 && !yield(event) {
				return
			}
		}
		for rest := e & progressEvents; rest != 0; rest &= rest - 1 {
			if !yield(rest & -rest) {
				return
			}
		}
		for _, event := range after {
			if e&event != 0 && !yield(event) {
				return
			}
		}
	}
}

// Name is the name of a single event in VAST and VMAP documents.
func (e Events) Name() string {
	if e&progressEvents != 0 {
		return progressEvent
	}
	return eventNames[e]
}

// Implied is whether segment requests imply an event that is named as in Ad.Tracking.
func Implied(event string) bool {
	if strings.HasPrefix(event, progressEvent) {
		return true
	}
	for _, name := range eventNames {
		if name == event {
			return true
		}
	}
	return false
}

// Names lists the names of the set's events in sending order; each progress
// event of an ad is named.
func (e Events) Names() []string {
	var names []string
	for event := range e.Each() {
		names = append(names, event.Name())
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
