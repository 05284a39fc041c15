// Package harness runs suites of cases over stores, with a clock that the suites turn.
package harness

import (
	"sync"
	"testing"
	"time"
)

// Clock is a clock that a suite turns.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts a clock at a time without meaning.
func NewClock() *Clock { return &Clock{now: time.Unix(1_800_000_000, 0)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add turns the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Harness is a store under test with its clock.
type Harness[S interface{ Close() error }] struct {
	Store S
	Clock *Clock
	open  func(*testing.T, *Clock) S
}

// Reopen closes the store and opens another over its data.
func (h *Harness[S]) Reopen(t *testing.T) {
	t.Helper()
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	h.Store = h.open(t, h.Clock)
}

// Another opens a store over the same data beside the first, as another node does.
func (h *Harness[S]) Another(t *testing.T) S {
	t.Helper()
	s := h.open(t, h.Clock)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Case is a case of a suite.
type Case[H any] struct {
	Name string
	Run  func(t *testing.T, h H)
}

// Run runs a suite. begin starts a case with empty data; what it returns opens a store over
// that data, each time it is called. with makes of a store what the cases work on.
func Run[S interface{ Close() error }, H any](t *testing.T, begin func(*testing.T) func(*testing.T, *Clock) S, with func(*Harness[S]) H, cases []Case[H]) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			h := &Harness[S]{Clock: NewClock(), open: begin(t)}
			h.Store = h.open(t, h.Clock)
			t.Cleanup(func() {
				if err := h.Store.Close(); err != nil {
					t.Error(err)
				}
			})
			c.Run(t, with(h))
		})
	}
}

// Check fails the test on an error.
func Check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Together calls f in n goroutines that start at once.
func Together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}
