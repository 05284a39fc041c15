package stitch

import "context"

// takeTurn waits for the session's turn, unless it has it; ctx ends the wait.
// It is called with mu held, and never the other way round.
func (s *Playback) takeTurn(ctx context.Context) {
	if s.env.Turns == nil || s.inTurn {
		return
	}
	s.inTurn = s.env.Turns.TakeUntil(ctx)
}

// leaveTurn lets the next go on.
func (s *Playback) leaveTurn() {
	if s.inTurn {
		s.inTurn = false
		s.env.Turns.Leave()
	}
}
