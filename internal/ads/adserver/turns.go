package adserver

// Turns is a semaphore for CPU-bound work. A decision works in a turn and gives it back
// while it waits for the network. Without it, thousands of sessions that decide about an
// avail at once would delay everything else that the process does.
type Turns interface {
	// Take waits for a turn, in the order of asking.
	Take()
	// Leave gives it to the next.
	Leave()
}
