package avail

// Found is what the owner of a fact is found by, from when the fact is stored.
type Found struct {
	// At is where the owner stands among others, Unix microseconds: when its session
	// began. All facts of an owner give the same.
	At int64
	// Terms are texts such as "reason=pod_short".
	Terms []string
	// About is what a search answers of the owner; nil leaves what is there.
	About []byte
}
