package store

import "time"

// Outage is a time in which a process could not reach the store that it shares with
// others, as the process has met it. What other processes stored meanwhile it cannot know.
type Outage struct {
	// Began is when it met the first failure, Ended when the store worked again; zero
	// while it does not.
	Began, Ended time.Time
}
