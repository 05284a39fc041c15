package storetest

import (
	"sync"
	"testing"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/tracking"
	"stitcher/internal/transcodecache"
)

// Store is all that users ask of a store.
type Store interface {
	origin.Facts
	stitch.Facts
	stitch.Past
	playback.Documents
	transcodecache.Index
	tracking.Outbox
	Close() error
}

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

// Open opens a store over the same data each time it is called within a test,
// with a clock; writes have to be waited for, however slow the machine is.
type Open func(t *testing.T, clock *Clock) Store

// Run runs the suite; begin starts a test with empty data.
func Run(t *testing.T, begin func(t *testing.T) Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *testing.T, h *harness)
	}{
		{"create", testCreate},
		{"create race", testCreateRace},
		{"load order", testLoadOrder},
		{"expiry", testExpiry},
		{"recall", testRecall},
		{"touch", testTouch},
		{"advance", testAdvance},
		{"advance race", testAdvanceRace},
		{"documents", testDocuments},
		{"widen", testWiden},
		{"widen race", testWidenRace},
		{"lease", testLease},
		{"lease race", testLeaseRace},
		{"settle", testSettle},
		{"settle while widened", testSettleWhileWidened},
		{"attempts", testAttempts},
		{"backlog", testBacklog},
		{"reopen", testReopen},
		{"cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &harness{clock: NewClock(), open: begin(t)}
			h.Store = h.open(t, h.clock)
			t.Cleanup(func() {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			})
			c.test(t, h)
		})
	}
}

// harness is a store under test.
type harness struct {
	Store
	clock *Clock
	open  Open
}

func (h *harness) reopen(t *testing.T) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.Store = h.open(t, h.clock)
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
