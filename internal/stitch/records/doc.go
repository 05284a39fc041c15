// Package records is what the store has of a session: the keys, the records under them, and how
// they are encoded. It reads the records of sessions that are over, too.
package records
