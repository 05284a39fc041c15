package avail

// Fact is an immutable record of a stream or a session: once created it never
// changes, so whoever reads it, on whatever node, reads the same.
type Fact struct {
	Key   string
	Value []byte
}
