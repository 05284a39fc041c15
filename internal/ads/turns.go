package ads

// Turns are shares of the processors. A decision works in one, and gives it to
// others while it waits for the network: an avail has thousands of sessions
// decide at once, and whatever else the process does would queue behind all of
// them.
type Turns interface {
	// Take waits for a turn, in the order of asking.
	Take()
	// Leave gives it to the next.
	Leave()
}

// noTurns let everybody work at once.
type noTurns struct{}

func (noTurns) Take()  {}
func (noTurns) Leave() {}
