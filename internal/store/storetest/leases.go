package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/store"
	"stitcher/internal/store/storetest/harness"
)

// Leases is a store of leases under test.
type Leases interface {
	store.Leases
	Close() error
}

// RunLeases tests the contract store.Leases. begin starts a test with empty data;
// what it returns opens a store over that data, each time it is called.
func RunLeases(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Leases) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Leases]) *leases { return &leases{h, h.Store} }, []harness.Case[*leases]{
		{Name: "lease", Run: testLease},
		{Name: "lease race", Run: testLeaseRace},
		{Name: "take over", Run: testTakeOver},
		{Name: "extend", Run: testExtend},
		{Name: "release", Run: testRelease},
		{Name: "reopen", Run: testReopenLeases},
	})
}

// leases is a store under test with its clock.
type leases struct {
	*harness.Harness[Leases]
	store.Leases
}

// lease asks for a lease of a minute and expects to get it, or not, and when it
// ends.
func (h *leases) lease(t *testing.T, key, owner string, want bool, left time.Duration) {
	t.Helper()
	held, until, err := h.Lease(t.Context(), key, owner, time.Minute)
	harness.Check(t, err)
	if held != want || !until.Equal(h.Clock.Now().Add(left)) {
		t.Errorf("%s of %s: %v until %v, want %v until %v", key, owner, held, until, want, h.Clock.Now().Add(left))
	}
}

func (h *leases) extend(t *testing.T, owner string, want bool) {
	t.Helper()
	held, err := h.Extend(t.Context(), "k", owner, time.Minute)
	harness.Check(t, err)
	if held != want {
		t.Errorf("extended k of %s: %v, want %v", owner, held, want)
	}
}

// testLease: "gives owner the lease of a key for ttl from now, unless another owner
// has it [...]. The owner that has it already gets it for ttl from now. Until is
// when the lease ends, also when another has it".
func testLease(t *testing.T, h *leases) {
	h.lease(t, "k", "a", true, time.Minute)
	h.lease(t, "other", "b", true, time.Minute)
	h.Clock.Add(20 * time.Second)
	h.lease(t, "k", "b", false, 40*time.Second)
	h.lease(t, "k", "a", true, time.Minute)
	h.Clock.Add(59 * time.Second)
	h.lease(t, "k", "b", false, time.Second)
}

// testLeaseRace: "two owners MUST NOT have it at once".
func testLeaseRace(t *testing.T, h *leases) {
	for round := range 5 {
		var winners atomic.Int64
		harness.Together(32, func(i int) {
			held, _, err := h.Lease(context.Background(), "k", fmt.Sprint(i), time.Minute)
			if err != nil {
				t.Error(err)
			}
			if held {
				winners.Add(1)
			}
		})
		if n := winners.Load(); n != 1 {
			t.Errorf("round %d: %d owners have the lease", round, n)
		}
		h.Clock.Add(time.Minute)
	}
}

// testTakeOver: "a lease that has ended MUST be given to the next that asks".
func testTakeOver(t *testing.T, h *leases) {
	h.lease(t, "k", "dead", true, time.Minute)
	h.Clock.Add(time.Minute)
	h.lease(t, "k", "b", true, time.Minute)
	h.lease(t, "k", "dead", false, time.Minute)
}

// testExtend: "it MUST answer false to an owner that does not have the lease any
// more, also when no other has taken it since".
func testExtend(t *testing.T, h *leases) {
	h.extend(t, "a", false)
	h.lease(t, "k", "a", true, time.Minute)
	for range 3 {
		h.Clock.Add(50 * time.Second)
		h.extend(t, "a", true)
	}
	h.extend(t, "b", false)
	h.lease(t, "k", "b", false, time.Minute)
	h.Clock.Add(time.Minute)
	h.extend(t, "a", false)
	h.lease(t, "k", "b", true, time.Minute)
	h.extend(t, "a", false)
	h.extend(t, "b", true)
}

// testRelease: "it MUST NOT end that of another owner, and it is no error that owner
// does not have it".
func testRelease(t *testing.T, h *leases) {
	harness.Check(t, h.Release(t.Context(), "k", "a"))
	h.lease(t, "k", "a", true, time.Minute)
	harness.Check(t, h.Release(t.Context(), "k", "b"))
	h.lease(t, "k", "b", false, time.Minute)
	harness.Check(t, h.Release(t.Context(), "k", "a"))
	h.extend(t, "a", false)
	h.lease(t, "k", "b", true, time.Minute)
	harness.Check(t, h.Release(t.Context(), "k", "a"))
	h.lease(t, "k", "a", false, time.Minute)
}

// testReopenLeases: a lease outlives the store's process.
func testReopenLeases(t *testing.T, h *leases) {
	h.lease(t, "k", "a", true, time.Minute)
	h.Reopen(t)
	h.Leases = h.Store
	h.lease(t, "k", "b", false, time.Minute)
	h.extend(t, "a", true)
}
