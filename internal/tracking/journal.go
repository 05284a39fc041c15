package tracking

import (
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Call is the audit line of one attempt at a tracking URL.
type Call struct {
	At    time.Time
	Event string
	// URL is as it was called, with its macros filled in: it may hold what must not be
	// kept.
	URL string
	// Attempt counts the calls of the URL from 1; one that was given up without another
	// call has the number of calls before.
	Attempt int
	// Status is that of the answer, 0 without one; Took is how long it took.
	Status int
	Took   time.Duration
	// Outcome is "delivered", "rejected", "retried" or "gave_up"; of an event that the
	// player was served and calls itself it is "served", and there is no URL.
	Outcome string
	// Err is why there was no answer.
	Err string
	// Next is when the URL is called again, zero where it is not.
	Next time.Time
}

// Journal keeps what was called for an ad of a session. Keep queues and returns at once.
type Journal interface {
	Keep(session *playback.Session, key avail.Key, ad int, calls []Call)
}

// noJournal keeps nothing.
type noJournal struct{}

func (noJournal) Keep(*playback.Session, avail.Key, int, []Call) {}
