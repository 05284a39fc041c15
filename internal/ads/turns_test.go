package ads

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
)

// worked are turns that know how many work.
type worked struct {
	places     chan struct{}
	mu         sync.Mutex
	work, most int
}

func (w *worked) Take() {
	w.places <- struct{}{}
	w.count(1)
}

func (w *worked) Leave() {
	w.count(-1)
	<-w.places
}

func (w *worked) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.work += n
	w.most = max(w.most, w.work)
}

// TestTurns: decisions work one after the other, and each gives its turn to
// others while it waits for an ad server; so do the breaks of a VMAP document
// that are opened at once.
func TestTurns(t *testing.T) {
	const latency = 100 * time.Millisecond
	breaks := `<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0">`
	for i := range 3 {
		breaks += fmt.Sprintf(`<vmap:AdBreak timeOffset="start" breakType="linear" breakId="%d"><vmap:AdSource><vmap:AdTagURI templateType="vast3">http://other.example/%d</vmap:AdTagURI></vmap:AdSource></vmap:AdBreak>`, i, i)
	}
	breaks += `</vmap:VMAP>`
	for _, c := range []struct {
		name, answer string
		parallel     int
		want         time.Duration
	}{
		{"VAST", document(ad("", "a30", "00:00:30")), 1, latency},
		{"VMAP", breaks, 3, 2 * latency},
		{"VMAP, a break at a time", breaks, 1, 4 * latency},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &worked{places: make(chan struct{}, 1)}
				d := New(Options{
					Fetcher: fetch(func(_ context.Context, r egress.Request) (*egress.Response, error) {
						<-time.After(latency)
						if r.URL == "http://ads.example/vast" {
							return &egress.Response{Status: 200, Body: []byte(c.answer)}, nil
						}
						return &egress.Response{Status: 200, Body: []byte(document(ad("", "a30", "00:00:30")))}, nil
					}),
					Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}}, Turns: w,
				})
				begun := time.Now()
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						r := request()
						r.Settings.Parallel = c.parallel
						if got := summary(d.Decide(t.Context(), r)); got != "a30 =" && got != "a30 -a30:repeated_in_pod -a30:repeated_in_pod =" {
							t.Error(got)
						}
					})
				}
				all.Wait()
				if took := time.Since(begun); took != c.want {
					t.Errorf("took %v, want %v", took, c.want)
				}
				if w.work != 0 || w.most != 1 {
					t.Errorf("%d work, %d worked at once", w.work, w.most)
				}
			})
		})
	}
}

// TestHungUp: a request that is cut off keeps its place for a moment, since the
// host learns of it late: an ad server saw more requests than it may.
func TestHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		d := New(Options{
			Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
				sent = append(sent, time.Now())
				if len(sent) > 1 {
					return nil, errors.New("refused")
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}),
			Renditions: &shelf{}, Concurrency: 1,
		})
		begun := time.Now()
		r := request()
		r.Settings.AdsRequestTimeout = time.Second
		if got := d.Decide(t.Context(), r); got.Reason != avail.AdsTimeout {
			t.Errorf("reason %q", got.Reason)
		}
		for range 2 { // one that failed by itself keeps nothing
			d.Decide(t.Context(), r)
		}
		if len(sent) != 3 {
			t.Fatalf("%d requests", len(sent))
		}
		for _, at := range sent[1:] {
			if got := at.Sub(begun); got != time.Second+100*time.Millisecond {
				t.Errorf("sent after %v", got)
			}
		}
	})
}

// slowTurns are long in coming.
type slowTurns struct{}

func (slowTurns) Take()  { <-time.After(time.Second) }
func (slowTurns) Leave() {}

// TestTurnsInTrace: what an answer waits for its turn is not the ad server's time.
func TestTurnsInTrace(t *testing.T) {
	const latency = 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{
			Fetcher: fetch(func(context.Context, egress.Request) (*egress.Response, error) {
				<-time.After(latency)
				return &egress.Response{Status: 200, Body: []byte(document(ad("", "a30", "00:00:30")))}, nil
			}),
			Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}}, Turns: slowTurns{},
		})
		r := request()
		r.Trace = &adserver.Trace{}
		d.Decide(t.Context(), r)
		if len(r.Trace.Hops) != 1 || r.Trace.Hops[0].Took != latency.Microseconds() {
			t.Errorf("hops %+v", r.Trace.Hops)
		}
	})
}
