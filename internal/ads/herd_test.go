package ads

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
)

// count is how many observations a histogram of one series has.
func count(t *testing.T, registry *prometheus.Registry, name string) int {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			return int(f.GetMetric()[0].GetHistogram().GetSampleCount())
		}
	}
	return 0
}

// TestHerd: 1,000 sessions come to a break at once. The ad server is asked
// once for each and never by more than the limit at a time; nobody waits
// longer than the turns before take (field failure B-51).
func TestHerd(t *testing.T) {
	const sessions, limit, latency = 1000, 50, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		var inflight, most, calls atomic.Int64
		var asked sync.Map
		registry := prometheus.NewRegistry()
		d := New(Options{
			Fetcher: fetch(func(ctx context.Context, r egress.Request) (*egress.Response, error) {
				if _, twice := asked.LoadOrStore(r.URL, true); twice {
					t.Errorf("%s was asked for twice", r.URL)
				}
				calls.Add(1)
				now := inflight.Add(1)
				defer inflight.Add(-1)
				for old := most.Load(); now > old; old = most.Load() {
					if most.CompareAndSwap(old, now) {
						break
					}
				}
				<-time.After(latency)
				return &egress.Response{Status: 200, Body: []byte(document(ad("", "a30", "00:00:30")))}, nil
			}),
			Renditions:  &shelf{durations: map[string]int64{"a30": 30_000_000}},
			Metrics:     NewMetrics(registry),
			Concurrency: limit,
		})
		begin := time.Now()
		var group sync.WaitGroup
		for i := range sessions {
			r := request()
			session := *r.Session
			session.ID, r.Session = fmt.Sprint("s", i), &session
			r.Settings.AdDecisionServerURL = "http://ads.example/?s=[session.uuid]"
			group.Go(func() {
				if got := summary(d.Decide(t.Context(), r)); got != "a30 =" {
					t.Errorf("session %s: %s", session.ID, got)
				}
			})
		}
		group.Wait()
		if calls.Load() != sessions || most.Load() != limit {
			t.Errorf("%d calls, at most %d at once; want %d, %d", calls.Load(), most.Load(), sessions, limit)
		}
		if took, want := time.Since(begin), sessions/limit*latency; took != want {
			t.Errorf("took %s, want %s", took, want)
		}
		if n := count(t, registry, "stitcher_ads_request_duration_seconds"); n != sessions {
			t.Errorf("%d requests are counted", n)
		}
	})
}

// TestHerdWithinASecond: sessions come to a break within one second. As many as
// the ad server keeps up with wait no longer than 200 ms on top of its answer;
// of ten times as many the excess ends in time, and the ad server never sees
// more than its limit (field failure B-51).
func TestHerdWithinASecond(t *testing.T) {
	const limit, latency = 256, 100 * time.Millisecond
	for sessions, longest := range map[int]time.Duration{1_000: latency + 200*time.Millisecond, 10_000: 3 * time.Second} {
		t.Run(fmt.Sprint(sessions), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var under atomic.Int64
				d := New(Options{
					Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
						if n := under.Add(1); n > limit {
							t.Errorf("%d requests at once", n)
						}
						defer under.Add(-1)
						select {
						case <-ctx.Done():
							return nil, ctx.Err()
						case <-time.After(latency):
							return &egress.Response{Status: 200, Body: []byte(document())}, nil
						}
					}),
					Renditions: &shelf{},
				})
				random := rand.New(rand.NewPCG(1, 2))
				var late atomic.Int64
				var group sync.WaitGroup
				for range sessions {
					after := time.Duration(random.Int64N(int64(time.Second)))
					group.Go(func() {
						<-time.After(after)
						begin := time.Now()
						switch got := d.Decide(t.Context(), request()); got.Reason {
						case avail.AdsEmpty:
						case avail.AdsTimeout:
							late.Add(1)
						default:
							t.Errorf("reason %q", got.Reason)
						}
						if took := time.Since(begin); took > longest {
							t.Errorf("took %s, more than %s", took, longest)
						}
					})
				}
				group.Wait()
				if n := late.Load(); sessions == 1_000 && n > 0 || n == int64(sessions) {
					t.Errorf("%d of %d end without an answer", n, sessions)
				}
			})
		})
	}
}

// TestHerdPastTheLimit: who doesn't get a turn in time ends in time.
func TestHerdPastTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{
			Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}),
			Renditions: &shelf{}, Concurrency: 1,
		})
		r := request()
		r.Settings.AdsRequestTimeout = time.Second
		begin := time.Now()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if got := d.Decide(t.Context(), r); got.Reason != avail.AdsTimeout {
					t.Errorf("reason %q", got.Reason)
				}
			})
		}
		group.Wait()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %s", took)
		}
	})
}
