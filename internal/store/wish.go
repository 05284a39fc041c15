package store

import "context"

// wish is a key of what a caller wishes of a store that nodes share.
type wish int

const (
	patient wish = iota
	unheld
)

// Patiently marks reads without which there is no answer at all, such as that of a session
// that this process does not know: they wait for a store that is slow, for as long as a
// round trip may take, where other reads are given up early.
func Patiently(ctx context.Context) context.Context { return context.WithValue(ctx, patient, true) }

// Patient is whether a read is marked so.
func Patient(ctx context.Context) bool { return ctx.Value(patient) != nil }

// Unheld marks creations that must not be done later: other nodes may have created something
// else meanwhile, and shown it. They fail with ErrUnavailable where the store does not take
// them now.
func Unheld(ctx context.Context) context.Context { return context.WithValue(ctx, unheld, true) }

// IsUnheld is whether a creation is marked so.
func IsUnheld(ctx context.Context) bool { return ctx.Value(unheld) != nil }
