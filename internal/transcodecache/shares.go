package transcodecache

// shares has competitors take turns: of those that wait, the one whose last turn
// is the longest ago goes first, however many jobs each has. One that comes new
// stands behind those that wait already, but for the one that had the last turn, so
// that new names gain nothing. It is not safe for concurrent use.
type shares struct {
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

// wait adds a job that waits.
func (s *shares) wait(name string) {
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

// giveUp takes away a job that waits.
func (s *shares) giveUp(name string) {
	s.of[name].waiting--
	s.forget(name)
}

// take gives a job that waits its turn.
func (s *shares) take(name string) {
	s.clock += 2
	one := s.of[name]
	one.waiting--
	one.running++
	one.last = s.clock
}

// leave ends a turn.
func (s *shares) leave(name string) {
	s.of[name].running--
	s.forget(name)
}

func (s *shares) forget(name string) {
	if one := s.of[name]; one.waiting == 0 && one.running == 0 {
		delete(s.of, name)
	}
}

// running is how many jobs of a competitor run.
func (s *shares) running(name string) int {
	if one := s.of[name]; one != nil {
		return one.running
	}
	return 0
}

// last is when a competitor had its last turn.
func (s *shares) last(name string) int64 { return s.of[name].last }
