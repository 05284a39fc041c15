// Package turn has competitors for few places take turns.
package turn

// Shares has competitors take turns: of those that wait, the one whose last turn
// is the longest ago goes first, however many jobs each has. One that comes new
// stands behind those that wait already, but for the one that had the last turn, so
// that new names gain nothing. It is not safe for concurrent use.
type Shares struct {
	// clock is even, and goes two up with each turn.
	clock int64
	of    map[string]*share
}

// share is what one competitor has. It is forgotten when it has nothing.
type share struct {
	waiting, running int
	// last is when it had its last turn, or came.
	last int64
}

// Wait adds a job that waits.
func (s *Shares) Wait(name string) {
	one := s.of[name]
	if one == nil {
		if s.of == nil {
			s.of = map[string]*share{}
		}
		one = &share{last: s.clock - 1}
		s.of[name] = one
	}
	one.waiting++
}

// GiveUp takes away a job that waits.
func (s *Shares) GiveUp(name string) {
	s.of[name].waiting--
	s.forget(name)
}

// Take gives a job that waits its turn.
func (s *Shares) Take(name string) {
	s.clock += 2
	one := s.of[name]
	one.waiting--
	one.running++
	one.last = s.clock
}

// Leave ends a turn.
func (s *Shares) Leave(name string) {
	s.of[name].running--
	s.forget(name)
}

func (s *Shares) forget(name string) {
	if one := s.of[name]; one.waiting == 0 && one.running == 0 {
		delete(s.of, name)
	}
}

// Empty is whether no competitor has a job that waits or runs.
func (s *Shares) Empty() bool { return len(s.of) == 0 }

// Waiting is how many jobs of a competitor wait.
func (s *Shares) Waiting(name string) int {
	if one := s.of[name]; one != nil {
		return one.waiting
	}
	return 0
}

// Running is how many jobs of a competitor run.
func (s *Shares) Running(name string) int {
	if one := s.of[name]; one != nil {
		return one.running
	}
	return 0
}

// Last is when a competitor had its last turn, as a count of turns. The competitor must
// have a job that waits or runs.
func (s *Shares) Last(name string) int64 { return s.of[name].last }
