package prefetch

import (
	"encoding/json"
	"time"
)

// Schedule says for which avails ads are fetched before a session reaches them
// (reference §1.5). A Schedule is immutable, so it may be used without a lock.
//
// SINGLE and RECURRING schedules have the same parts. The one window of a RECURRING
// schedule is both the window of its retrieval and that of its consumption.
type Schedule struct {
	// Configuration is the name of the playback configuration; Name is unique
	// among its schedules.
	Configuration, Name string
	// Recurring is ScheduleType RECURRING: ads are fetched again after each
	// avail. A SINGLE schedule fills one avail of each session.
	Recurring bool
	// StreamID restricts the schedule to sessions with the same aws.streamId;
	// "" is all of them.
	StreamID    string
	Retrieval   Retrieval
	Consumption Consumption
	Tags        map[string]string
	// Created is when the schedule was made: a retrieval without StartTime
	// begins then.
	Created time.Time

	// document holds the members as they were sent, the read-only ones and the
	// tags left out.
	document map[string]json.RawMessage
	// version is that of the stored document.
	version int64
}

// Retrieval says when and with what the ad server is asked.
type Retrieval struct {
	// Start is zero where it was not sent. Retrieval goes on until End, End
	// included.
	Start, End time.Time
	// Variables are the values of dynamic variables by name ("scte.event_id").
	Variables map[string]string
	// Delay is DelayAfterAvailEndSeconds, of RECURRING schedules only.
	Delay   time.Duration
	Shaping TrafficShaping
}

// Consumption says in which avails the ads may stand.
type Consumption struct {
	// Start is zero where it was not sent. End is the first moment at which the
	// ads may no longer be used.
	Start, End time.Time
	// AdExpiration is RetrievedAdExpirationSeconds, of RECURRING schedules only;
	// 0 if there is none.
	AdExpiration time.Duration
	// Criteria are the AvailMatchingCriteria, all of which an avail must meet.
	Criteria []MatchingCriterion
}

// MatchingCriterion is a dynamic variable whose value in the avail must be that
// of the retrieval; EQUALS is the only operator.
type MatchingCriterion struct{ DynamicVariable, Operator string }

// TrafficShaping spreads the requests of all sessions over time. Type is "",
// RETRIEVAL_WINDOW or TPS.
type TrafficShaping struct {
	Type string
	// Window is RetrievalWindowDurationSeconds.
	Window time.Duration
	// PeakTPS is what the ad server can answer in a second.
	PeakTPS             int
	PeakConcurrentUsers int
}

// The values of ScheduleType, and of TrafficShapingType.
const (
	typeSingle      = "SINGLE"
	typeRecurring   = "RECURRING"
	typeAll         = "ALL"
	retrievalWindow = "RETRIEVAL_WINDOW"
	peakTPS         = "TPS"
)

// kept is how long after its consumption a schedule can still be looked
// at (reference §1.5).
const kept = 7 * 24 * time.Hour

// gone is whether the schedule is so old that it is no longer shown.
func (s *Schedule) gone(now time.Time) bool {
	return !now.Before(s.Consumption.End.Add(kept))
}

// scheduleType is the member ScheduleType.
func (s *Schedule) scheduleType() string {
	if s.Recurring {
		return typeRecurring
	}
	return typeSingle
}
