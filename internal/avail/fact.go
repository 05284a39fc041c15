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
}
