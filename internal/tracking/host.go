package tracking

import (
	"slices"
	"time"
)

// verdict is what a call has shown of its host.
type verdict int

const (
	// untold is a call that was broken off by us: it shows nothing.
	untold verdict = iota
	well
	failed
)

// host is what is known of one tracking host.
type host struct {
	// busy is how many calls are under way, limit how many may be.
	busy, limit int
	// failures is how many calls have failed since one went well, fails how often the host
	// was left alone since then.
	failures, fails int
	// rests is until when it is left alone.
	rests time.Time
	// pace is how long it takes to answer, lately; 0 is unknown.
	pace time.Duration
	// asked is since when it is being called.
	asked time.Time
	// queue are those who wait for a turn, first come first served.
	queue []chan bool
	// booked is when the last of those that were sent away comes back.
	booked time.Time
}

// allowed is how many calls may be under way: one while it is not known whether the
// host is well again.
func (s *host) allowed() int {
	if s.fails > 0 {
		return 1
	}
	return s.limit
}

// room is how many may wait for a turn: as many as the host is likely to serve
// within waits with the calls that it may have, and none while it fails.
func (s *host) room(most, calls int) int {
	if s.fails > 0 {
		return 0
	}
	calls = min(calls, s.limit)
	if s.pace == 0 {
		return min(most, queuePerCall*calls)
	}
	return min(most, int(time.Duration(calls)*waits/s.pace))
}

// book says when one that is sent away is to come back: as the host could serve
// them at its best, one after the other, so that thousands do not come at once
// for nothing.
func (s *host) book(now time.Time, most int) time.Time {
	pace := s.pace
	switch {
	case s.fails > 0:
		pace = max(pace, failing)
	case pace == 0: // it takes as long as it has been silent, at least
		pace = max(supposed, now.Sub(s.asked))
	}
	for _, t := range []time.Time{s.rests, now.Add(max(crowded, pace))} {
		if s.booked.Before(t) {
			s.booked = t
		}
	}
	s.booked = s.booked.Add(pace / time.Duration(most))
	return s.booked
}

// judge takes in what a call has shown that took so long.
func (s *host) judge(v verdict, took time.Duration, now time.Time, first, most int) {
	switch {
	case v == well:
		s.failures, s.fails, s.rests = 0, 0, time.Time{}
		s.limit = min(s.limit+1, most)
		took = max(took, time.Microsecond) // a clock may step back
		if s.pace == 0 {
			s.pace = took
		}
		s.pace = (3*s.pace + took) / 4
	case v == failed && !now.Before(s.rests): // those that were under way count once
		if s.failures++; s.failures < tolerated && s.fails == 0 {
			// It may be too much at once, or one call in three that fails: it goes on with
			// fewer.
			s.limit = max(1, s.limit/2)
			return
		}
		s.rests = now.Add(min(firstRest<<min(s.fails, 10), lastRest))
		s.fails++
		s.limit = first
	}
}

// dismiss sends all who wait away.
func (s *host) dismiss() {
	for _, turn := range s.queue {
		turn <- false
	}
	s.queue = nil
}

// withdraw takes one out of the queue; it answers whether it was in there.
func (s *host) withdraw(turn chan bool) bool {
	i := slices.Index(s.queue, turn)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	return true
}
