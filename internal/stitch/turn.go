package stitch

import (
	"context"
	"runtime"
)

// turns are for requests that had to wait: for a decision, or for the store. In a
// herd thousands of them are let go within a moment, and those who have not
// waited, of other channels say, would queue behind them all. So the released go
// on a few at a time, on half of the processors, in the order of asking.
type turns chan struct{}

func newTurns() turns { return make(turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// takeTurn waits for the session's turn, unless it has it; ctx ends the wait.
// It is called with mu held, and never the other way round.
func (s *session) takeTurn(ctx context.Context) {
	if s.turns == nil || s.inTurn {
		return
	}
	select {
	case s.turns <- struct{}{}:
		s.inTurn = true
	case <-ctx.Done():
	}
}

// leaveTurn lets the next go on.
func (s *session) leaveTurn() {
	if s.inTurn {
		s.inTurn = false
		<-s.turns
	}
}
