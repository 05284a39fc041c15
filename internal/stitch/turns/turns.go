// Package turns shares the processors out to work that comes in herds.
package turns

import "context"

// Turns are shares of the processors for work that comes in herds: decisions, and
// requests that had to wait, for a decision or for the store. An avail sets
// thousands of them going within a moment, and those who have not waited, viewers
// of other channels say, would queue behind them all. So they work a few at a
// time, in the order of asking.
type Turns struct{ places chan struct{} }

// New are turns for half of a number of processors.
func New(processors int) *Turns { return &Turns{make(chan struct{}, max(1, processors/2))} }

// Take waits for a turn.
func (t *Turns) Take() { t.places <- struct{}{} }

// TakeUntil waits for a turn until ctx ends, and answers whether there is one.
func (t *Turns) TakeUntil(ctx context.Context) bool {
	select {
	case t.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Leave lets the next go on.
func (t *Turns) Leave() { <-t.places }

// Taken is how many turns are taken, for tests.
func (t *Turns) Taken() int { return len(t.places) }
