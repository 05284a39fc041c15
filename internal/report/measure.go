package report

import "slices"

// Measure is what is counted.
type Measure struct {
	Name string `json:"name"`
	// Unit is "count" or "ms".
	Unit string `json:"unit"`
	// Formula is what a whole number of it stands for, Counting when it is counted.
	Formula  string `json:"formula"`
	Counting string `json:"counting"`

	family int
}

// The families of measures: each has the dimensions that mean something for it.
const (
	sessionFamily = iota
	availFamily
	unfilledFamily
	adFamily
	eventFamily
	beaconFamily
)

// meaningful are the dimensions of each family.
var meaningful = [][]int{
	sessionFamily:  {configuration, protocol, device, reporting},
	availFamily:    {configuration, protocol, device, reporting},
	unfilledFamily: {configuration, protocol, device, reporting, reason},
	adFamily:       {configuration, protocol, device, reporting, adSystem, advertiser, campaign, ad, creative, reason},
	eventFamily:    {configuration, protocol, device, reporting, adSystem, advertiser, campaign, ad, creative},
	beaconFamily:   {configuration, protocol, device, reporting, adSystem, advertiser, campaign, ad, creative, host},
}

const (
	atStart    = "when the session starts"
	atDecision = "when the avail is decided"
	atEnd      = "when the avail has ended for the session"
	atDelivery = "when all tracking URLs of the event have ended and one at least was delivered; with reporting=client, when the segment that implies it was served"
	atCall     = "when the outcome of the call is stored"
)

// measures are all of them, in the order of answers.
var measures = []Measure{
	{"sessions", "count", "sessions started", atStart, sessionFamily},
	{"avails", "count", "accounts closed", atEnd, availFamily},
	{"availMs", "ms", "sum of avail durations", atEnd, availFamily},
	{"requestedMs", "ms", "sum of durations asked of the ad server", atDecision, availFamily},
	{"returnedMs", "ms", "sum of declared durations of returned ads", atDecision, adFamily},
	{"readyMs", "ms", "sum of durations of planned ads", atDecision, adFamily},
	{"filledMs", "ms", "availMs + change of drift - unfilledMs", atEnd, availFamily},
	{"slateMs", "ms", "part of unfilledMs that was slate", atEnd, availFamily},
	{"unfilledMs", "ms", "sum over reasons of time without ads", atEnd, unfilledFamily},
	{"adRequests", "count", "decisions for which the ad server was asked", atDecision, availFamily},
	{"adErrors", "count", "decisions without ads because the ad server or its answer failed", atDecision, availFamily},
	{"adTimeouts", "count", "decisions without ads because the ad server was late", atDecision, availFamily},
	{"adsReturned", "count", "adsPlanned + ads skipped", atDecision, adFamily},
	{"adsPlanned", "count", "ads in decisions", atDecision, adFamily},
	{"adsServed", "count", "ads listed whole or in part", atEnd, availFamily},
	{"impression", "count", "events", atDelivery, eventFamily},
	{"start", "count", "events", atDelivery, eventFamily},
	{"firstQuartile", "count", "events", atDelivery, eventFamily},
	{"midpoint", "count", "events", atDelivery, eventFamily},
	{"thirdQuartile", "count", "events", atDelivery, eventFamily},
	{"complete", "count", "events", atDelivery, eventFamily},
	{"beaconsFired", "count", "calls of tracking URLs", atCall, beaconFamily},
	{"beaconsDelivered", "count", "calls answered with a status below 400", atCall, beaconFamily},
	{"beaconsRetried", "count", "calls that failed and are made again", atCall, beaconFamily},
	{"beaconsRecovered", "count", "calls delivered after a failed one", atCall, beaconFamily},
	{"beaconsGaveUp", "count", "tracking URLs that are not called again without a delivery", atCall, beaconFamily},
}

// measure is the index of a measure, -1 without.
func measure(name string) int {
	return slices.IndexFunc(measures, func(m Measure) bool { return m.Name == name })
}

// fits is whether a measure has all of some dimensions.
func (m *Measure) fits(list []int) bool {
	for _, d := range list {
		if !slices.Contains(meaningful[m.family], d) {
			return false
		}
	}
	return true
}
