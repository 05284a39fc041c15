package avail

// Fact is a record of a stream, a session or a layout. Once created it never
// changes, so every node that reads it reads the same. A fact with a rank is a
// register: a higher rank replaces it.
type Fact struct {
	Key   string
	Value []byte
	// Rank orders the values of a register; 0 is a fact that never changes.
	Rank int64
	// Rev is the revision of the owner that the fact was written at. The store
	// sets it.
	Rev int64
	// Adds are what the fact adds to roll-ups if it is new. They are written with
	// it, so that they count exactly once; they are not read back.
	Adds []Add
}

// Add is an increment of a roll-up.
type Add struct {
	// At is when it happened, Unix microseconds.
	At int64
	// Group is what it belongs to, as package rollup writes it.
	Group string
	// Measure is what is counted, N by how much.
	Measure string
	N       int64
}
