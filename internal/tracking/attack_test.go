package tracking_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/faultrt"
	"stitcher/internal/store"
)

// outbox is an outbox with faults, that counts what is claimed and not settled.
type outbox struct {
	store.Outbox
	// deaf makes Settle fail; nothing is written.
	deaf atomic.Bool
	// stalled makes Settle and Attempts wait for their context's end.
	stalled atomic.Bool

	mu            sync.Mutex
	claimed, most int
}

var errDisk = errors.New("disk I/O error")

func (o *outbox) Pending(ctx context.Context, limit int, lease time.Duration) ([]store.Claim, error) {
	list, err := o.Outbox.Pending(ctx, limit, lease)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.claimed += len(list)
	o.most = max(o.most, o.claimed)
	return list, err
}

func (o *outbox) Attempts(ctx context.Context, x avail.Trigger) ([]store.Attempt, error) {
	if o.stalled.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return o.Outbox.Attempts(ctx, x)
}

func (o *outbox) Settle(ctx context.Context, x store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	o.mu.Lock()
	o.claimed--
	o.mu.Unlock()
	if o.stalled.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if o.deaf.Load() {
		return errDisk
	}
	return o.Outbox.Settle(ctx, x, sent, tried, due, adds...)
}

func (w *world) put(o *outbox) {
	w.outbox = func(next store.Outbox) store.Outbox { o.Outbox = next; return o }
	w.end()
	w.start()
}

// TestKilledUnsettled: a process that dies between the call and its settlement
// leaves the trigger to the next one, after the lease and not before: at least
// once, and no oftener than must be (B-54).
func TestKilledUnsettled(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		o := &outbox{}
		w.put(o)
		o.deaf.Store(true)
		w.run()
		w.fire("s", avail.Impression)
		w.until("called", time.Minute, func() bool { return len(w.called()) == 1 })
		begun := time.Now()
		w.end()
		o.deaf.Store(false)
		w.start()
		w.run()
		w.until("settled", 5*time.Minute, func() bool { return w.backlog() == 0 })
		if took := time.Since(begun); took < 50*time.Second || took > 70*time.Second {
			t.Errorf("it was taken over after %s", took)
		}
		if n := len(w.called()); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestStoreFails: while nothing can be settled, nothing is called over and over.
func TestStoreFails(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		o := &outbox{}
		w.put(o)
		o.deaf.Store(true)
		w.run()
		w.fire("s", avail.Impression)
		time.Sleep(5 * time.Minute)
		if n := len(w.called()); n > 6 {
			t.Errorf("%d calls in five minutes", n)
		}
		o.deaf.Store(false)
		w.until("settled", 5*time.Minute, func() bool { return w.backlog() == 0 })
	})
}

// TestStoreStalls: an outbox that hangs holds the end of the process up for no
// longer than a settlement may take, and loses nothing.
func TestStoreStalls(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		o := &outbox{}
		w.put(o)
		o.stalled.Store(true)
		w.run()
		for i := range 100 {
			w.fire(fmt.Sprint(i), avail.Impression)
		}
		time.Sleep(10 * time.Second)
		begun := time.Now()
		w.stop()
		<-w.ended
		w.stop = nil
		if took := time.Since(begun); took > 6*time.Second {
			t.Errorf("stopping took %s", took)
		}
		o.stalled.Store(false)
		w.run()
		w.until("settled", 5*time.Minute, func() bool { return w.backlog() == 0 })
		if n := len(w.count()); n != 100 {
			t.Errorf("%d were called", n)
		}
	})
}

// TestBounded: of a burst, the memory holds what may be claimed, the outbox the
// rest.
func TestBounded(t *testing.T) {
	bubble(t, faulty(faultrt.Always(faultrt.Hang)), func(t *testing.T, w *world) {
		w.perHost()
		w.workers = 16
		o := &outbox{}
		w.put(o)
		for i := range 10 {
			w.fireAll(fmt.Sprint("dead", i), 50)
		}
		w.run()
		time.Sleep(20 * time.Second)
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.most > 8*16 {
			t.Errorf("%d were claimed at once", o.most)
		}
	})
}

// TestManyURLs: an ad with ten thousand tracking URLs takes its time, each is
// called once, and other ads don't wait.
func TestManyURLs(t *testing.T) {
	bubble(t, faulty(onHosts("many", faultrt.Always(faultrt.Delay(20*time.Millisecond)))), func(t *testing.T, w *world) {
		w.ad = func(s string) (*avail.Ad, error) {
			if s != "many" {
				return &avail.Ad{Tracking: map[string][]string{"impression": {"http://well.example/"}}}, nil
			}
			ad := &avail.Ad{Tracking: map[string][]string{}}
			for i := range 10_000 {
				ad.Tracking["impression"] = append(ad.Tracking["impression"], fmt.Sprintf("http://many%d.example/%d", i%3, i))
			}
			return ad, nil
		}
		w.run()
		w.fire("many", avail.Impression)
		time.Sleep(time.Second)
		begun := time.Now()
		w.fire("few", avail.Impression)
		w.until("the other's", time.Minute, func() bool { return w.count()["http://well.example/"] == 1 })
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the other ad waited for %s", took)
		}
		w.until("settled", 10*time.Minute, func() bool { return w.backlog() == 0 })
		for u, n := range w.count() {
			if n != 1 {
				t.Fatalf("%s was called %d times", u, n)
			}
		}
		if n := len(w.count()); n != 10_001 {
			t.Errorf("%d URLs were called", n)
		}
	})
}

// drip is a body of 10 MB that takes its time.
type drip struct{ left int }

func (d *drip) Read(p []byte) (int, error) {
	if d.left <= 0 {
		return 0, io.EOF
	}
	time.Sleep(100 * time.Millisecond)
	n := min(len(p), 1000, d.left)
	d.left -= n
	return n, nil
}

func (d *drip) Close() error { return nil }

// TestAnswers: what was answered once is not asked again, whatever the answer is
// like (B-53).
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		fault   faultrt.Fault
		outcome string
		calls   int
	}{
		"slow large body": {func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, ContentLength: -1, Body: &drip{left: 10 << 20}}, nil
		}, "delivered", 1},
		"redirects for ever": {func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/again"}}, Request: r, Body: http.NoBody}, nil
		}, "rejected", 11},
		"redirect to nowhere": {func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"about:blank"}}, Request: r, Body: http.NoBody}, nil
		}, "rejected", 1},
		"redirect to garbage": {func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"http://[::"}}, Request: r, Body: http.NoBody}, nil
		}, "rejected", 1},
		"redirect without a location": {func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{}, Request: r, Body: http.NoBody}, nil
		}, "delivered", 1},
		"not modified": {faultrt.Status(304), "delivered", 1},
		"gone":         {faultrt.Status(410), "rejected", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			spy := func(*http.Request) faultrt.Fault { calls.Add(1); return nil }
			bubble(t, faulty(spy, faultrt.Always(c.fault)), func(t *testing.T, w *world) {
				w.run()
				w.fire("s", avail.Impression)
				time.Sleep(10 * time.Minute)
				if n := w.beacons("impression", c.outcome); n != 1 || w.backlog() != 0 {
					t.Errorf("%s is counted %v times, %d are unsent", c.outcome, n, w.backlog())
				}
				if n := calls.Load(); n != int64(c.calls) {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestStopIsNoAnswer: a stop in the middle of a call says nothing about the
// host: one that failed before is still called by one at a time in the flush.
func TestStopIsNoAnswer(t *testing.T) {
	var now, most atomic.Int64
	hang := func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	bubble(t, faulty(faultrt.Always(hang)), func(t *testing.T, w *world) {
		w.perHost()
		w.fireAll("dead", 200)
		w.run()
		time.Sleep(3500 * time.Millisecond) // all have failed
		w.until("called again, to see", time.Minute, func() bool { return now.Load() == 1 })
		w.stop()
		<-w.ended
		w.stop = nil
		most.Store(0)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		w.tracker.Flush(ctx)
		if n := most.Load(); n > 1 {
			t.Errorf("%d calls of a dead host at once", n)
		}
	})
}
