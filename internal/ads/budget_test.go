package ads

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
)

// TestBudget: the avails of one manifest share the time and the turns, and what
// is left when the time is over ends with it, to the tick.
func TestBudget(t *testing.T) {
	for name, tc := range map[string]struct {
		parallel, avails int
		budget           time.Duration
		took             time.Duration
		filled, most     int
	}{
		"one after the other": {0, 4, 10 * time.Second, 4 * time.Second, 4, 1},
		"two at once":         {2, 4, 10 * time.Second, 2 * time.Second, 4, 2},
		"all at once":         {100, 4, 10 * time.Second, time.Second, 4, 4},
		"the time runs out":   {1, 4, 2500 * time.Millisecond, 2500 * time.Millisecond, 2, 1},
		"no time at all":      {1, 4, time.Millisecond, time.Millisecond, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var under, most, filled atomic.Int64
				d := New(Options{
					Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
						now := under.Add(1)
						defer under.Add(-1)
						for old := most.Load(); now > old; old = most.Load() {
							most.CompareAndSwap(old, now)
						}
						select {
						case <-ctx.Done():
							return nil, ctx.Err()
						case <-time.After(time.Second):
							return &egress.Response{Status: 200, Body: []byte(document(ad("", "a30", "00:00:30")))}, nil
						}
					}),
					Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}},
				})
				r := request()
				r.Settings.Budget, r.Settings.Parallel = tc.budget, tc.parallel
				r.Budget = NewBudget(r.Settings, time.Now())
				begin := time.Now()
				var group sync.WaitGroup
				for range tc.avails {
					group.Go(func() {
						r := r
						r.Trace = &adserver.Trace{}
						switch got := d.Decide(t.Context(), r); got.Reason {
						case "":
							filled.Add(1)
						case avail.AdsTimeout:
							if len(r.Trace.Hops) != 1 || r.Trace.Hops[0].Reason != avail.AdsTimeout {
								t.Errorf("traced as %+v", r.Trace.Hops)
							}
						default:
							t.Errorf("reason %q", got.Reason)
						}
					})
				}
				group.Wait()
				if took := time.Since(begin); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				if int(filled.Load()) != tc.filled || int(most.Load()) != tc.most {
					t.Errorf("%d filled, at most %d at once; want %d, %d", filled.Load(), most.Load(), tc.filled, tc.most)
				}
				ctx, cancel := r.Budget.Context(t.Context())
				defer cancel()
				if got, _ := ctx.Deadline(); !got.Equal(begin.Add(tc.budget)) {
					t.Errorf("deadline %s, want %s", got, begin.Add(tc.budget))
				}
			})
		})
	}
}

// TestBudgetOfSlowSiblings: the time that an avail waits for its turn is the
// budget's and not its own request's.
func TestBudgetOfSlowSiblings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{
			Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
				<-time.After(900 * time.Millisecond)
				return &egress.Response{Status: 200, Body: []byte(document())}, nil
			}),
			Renditions: &shelf{},
		})
		r := request()
		r.Settings.AdsRequestTimeout = time.Second
		r.Budget = NewBudget(r.Settings, time.Now())
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if got := d.Decide(t.Context(), r); got.Reason != avail.AdsEmpty {
					t.Errorf("reason %q", got.Reason)
				}
			})
		}
		group.Wait()
	})
}
