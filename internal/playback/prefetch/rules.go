package prefetch

import (
	"hash/fnv"
	"strconv"
	"time"
)

// RetrievalDue is when a session fetches the ads for its next avail: share in
// [0,1) is its place in the time over which traffic shaping spreads the
// sessions. It is false if the session is too late for the schedule.
//
// sessionStart is when the session began. availEnd is when its last avail ended,
// zero if there was none; a SINGLE schedule fetches once and ignores it. The spread
// ends with the retrieval at the latest, so that a late session still fetches.
func (s *Schedule) RetrievalDue(sessionStart, availEnd time.Time, share float64) (time.Time, bool) {
	from := s.retrievalStart()
	if sessionStart.After(from) {
		from = sessionStart
	}
	if s.Recurring && !availEnd.IsZero() {
		if next := availEnd.Add(s.Retrieval.Delay); next.After(from) {
			from = next
		}
	}
	left := s.Retrieval.End.Sub(from)
	if left < 0 || !from.Before(s.Consumption.End) {
		return time.Time{}, false
	}
	spread := min(s.Retrieval.Shaping.Spread(), left)
	return from.Add(time.Duration(share * float64(spread))), true
}

// retrievalStart is when the retrieval begins. Without a StartTime it is the time at which
// the schedule was made, so that sessions that already exist are spread too.
func (s *Schedule) retrievalStart() time.Time {
	if s.Retrieval.Start.IsZero() {
		return s.Created
	}
	return s.Retrieval.Start
}

// RetrievalOpen is whether the ad server may be asked now. The end is part of
// the retrieval (reference §1.5: requests "at or before this time").
func (s *Schedule) RetrievalOpen(now time.Time) bool {
	return !now.Before(s.retrievalStart()) && !now.After(s.Retrieval.End) && now.Before(s.Consumption.End)
}

// Spread is the time over which the requests of all sessions are spread; 0 is no
// shaping. With TPS it is the time in which an ad server that answers PeakTPS
// requests a second gets through those of PeakConcurrentUsers sessions.
func (t TrafficShaping) Spread() time.Duration {
	switch t.Type {
	case retrievalWindow:
		return t.Window
	case peakTPS:
		return time.Duration(float64(t.PeakConcurrentUsers) / float64(max(1, t.PeakTPS)) * float64(time.Second))
	}
	return 0
}

// Share is a session's place in the spread, in [0,1). It follows from the
// session and the avail after which ads are fetched, so that a process that was
// restarted, and any other node, find the same; each avail draws anew, so that no
// viewer is always the last.
func (s *Schedule) Share(session string, availEnd time.Time) float64 {
	h := fnv.New64a()
	for _, part := range []string{s.Configuration, s.Name, session, strconv.FormatInt(availEnd.UnixMicro(), 10)} {
		_, _ = h.Write([]byte(part + "\x00")) // a hash takes everything
	}
	// FNV changes the high bits little for a change at the end: mix them
	// (the finalizer of MurmurHash3).
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// ConsumptionOpen is whether the ads may be placed into an avail now: without a
// StartTime, as soon as there are any.
func (s *Schedule) ConsumptionOpen(now time.Time) bool {
	start := s.Consumption.Start
	if start.IsZero() {
		start = s.retrievalStart()
	}
	return !now.Before(start) && now.Before(s.Consumption.End)
}

// AdsExpire is the first moment at which ads that were retrieved then may no
// longer be placed.
func (s *Schedule) AdsExpire(retrieved time.Time) time.Time {
	if s.Consumption.AdExpiration > 0 {
		if at := retrieved.Add(s.Consumption.AdExpiration); at.Before(s.Consumption.End) {
			return at
		}
	}
	return s.Consumption.End
}

// Matches is whether an avail may have ads that were retrieved with the
// variables: every criterion's variable must have in the avail the value that it
// had in the retrieval (reference §1.5: AND). A variable without a value in the
// retrieval can't be told apart from any other, and matches nothing. value is
// the avail's value of a variable, "" if it has none.
func Matches(criteria []MatchingCriterion, variables map[string]string, value func(name string) string) bool {
	for _, c := range criteria {
		want := variables[c.DynamicVariable]
		if want == "" || value(c.DynamicVariable) != want {
			return false
		}
	}
	return true
}
