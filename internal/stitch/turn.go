package stitch

import "context"

// Turns are shares of the processors for work that comes in herds: decisions, and
// requests that had to wait, for a decision or for the store. An avail sets
// thousands of them going within a moment, and those who have not waited, viewers
// of other channels say, would queue behind them all. So they work a few at a
// time, in the order of asking.
type Turns struct{ places chan struct{} }

// NewTurns are turns for half of a number of processors.
func NewTurns(processors int) *Turns { return &Turns{make(chan struct{}, max(1, processors/2))} }

// Take waits for a turn.
func (t *Turns) Take() { t.places <- struct{}{} }

// Leave lets the next go on.
func (t *Turns) Leave() { <-t.places }

// takeTurn waits for the session's turn, unless it has it; ctx ends the wait.
// It is called with mu held, and never the other way round.
func (s *Playback) takeTurn(ctx context.Context) {
	if s.env.Turns == nil || s.inTurn {
		return
	}
	select {
	case s.env.Turns.places <- struct{}{}:
		s.inTurn = true
	case <-ctx.Done():
	}
}

// leaveTurn lets the next go on.
func (s *Playback) leaveTurn() {
	if s.inTurn {
		s.inTurn = false
		s.env.Turns.Leave()
	}
}
