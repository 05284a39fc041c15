package storetest

import (
	"sync"
	"testing"
	"time"
)

// Clock is a clock that the suite turns.
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

// harness is a store under test.
type harness[S interface{ Close() error }] struct {
	store S
	clock *Clock
	open  func(*testing.T, *Clock) S
}

// reopen closes the store and opens another over its data.
func (h *harness[S]) reopen(t *testing.T) {
	t.Helper()
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.store = h.open(t, h.clock)
}

// another opens a store over the same data beside the first, as another node does.
func (h *harness[S]) another(t *testing.T) S {
	t.Helper()
	s := h.open(t, h.clock)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// test is a case of a suite.
type test[H any] struct {
	name string
	run  func(t *testing.T, h H)
}

// run runs a suite, each case with empty data.
func run[S interface{ Close() error }, H any](t *testing.T, begin func(*testing.T) func(*testing.T, *Clock) S, with func(*harness[S]) H, tests []test[H]) {
	t.Helper()
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			h := &harness[S]{clock: NewClock(), open: begin(t)}
			h.store = h.open(t, h.clock)
			t.Cleanup(func() {
				if err := h.store.Close(); err != nil {
					t.Error(err)
				}
			})
			c.run(t, with(h))
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// together calls f in n goroutines that start at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}
