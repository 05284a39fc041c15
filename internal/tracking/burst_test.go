package tracking_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/faultrt"
)

// fireAll triggers n beacons whose sessions are prefix and a number, together.
func (w *world) fireAll(prefix string, n int) {
	w.t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { w.fire(fmt.Sprint(prefix, "-", i), avail.Impression) })
	}
	wg.Wait()
}

// perHost makes sessions "host-n" call host.
func (w *world) perHost() {
	w.ad = func(s string) (*avail.Ad, error) {
		host, n, _ := strings.Cut(s, "-")
		return &avail.Ad{Tracking: map[string][]string{"impression": {"http://" + host + ".example/" + n}}}, nil
	}
}

// TestBurst: many beacons for one host leave as fast as it answers. Those that
// found it busy were put back into the outbox and looked at again a second
// later: 130 beacons a second, however fast the host was.
func TestBurst(t *testing.T) {
	for _, latency := range []time.Duration{time.Millisecond, 100 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			bubble(t, faulty(faultrt.Always(faultrt.Delay(latency))), func(t *testing.T, w *world) {
				w.perHost()
				w.fireAll("busy", 1500)
				begun := time.Now()
				w.run()
				w.until("all of them", 30*time.Second, func() bool { return len(w.called()) == 1500 })
				took := time.Since(begun)
				t.Logf("1,500 beacons took %s", took)
				if took > 3*time.Second {
					t.Errorf("1,500 beacons took %s", took)
				}
			})
		})
	}
}

// TestNodesShareAHost: of 16 nodes each calls a host with a sixteenth of what one may, and
// with all of it when the others have gone.
func TestNodesShareAHost(t *testing.T) {
	bubble(t, faulty(faultrt.Always(faultrt.Delay(100*time.Millisecond))), func(t *testing.T, w *world) {
		w.perHost()
		w.run()
		for _, c := range []struct {
			nodes       int64
			least, most time.Duration
		}{{16, 1900 * time.Millisecond, 5 * time.Second}, {1, 0, 1500 * time.Millisecond}} {
			w.nodes.Store(c.nodes)
			before, begun := len(w.called()), time.Now()
			w.fireAll(fmt.Sprintf("busy-%d", c.nodes), 160)
			w.until("all of them", time.Minute, func() bool { return len(w.called()) == before+160 })
			if took := time.Since(begun); took < c.least || took > c.most {
				t.Errorf("on one of %d nodes 160 beacons took %s", c.nodes, took)
			}
		}
	})
}

// TestFlushAmongTheDead: at the end, hosts that hang keep nobody else's beacons
// from leaving. They held every slot in turn, and a quarter was delivered.
func TestFlushAmongTheDead(t *testing.T) {
	bubble(t, faulty(faultrt.OnHost("dead0.example", faultrt.Always(faultrt.Hang)), faultrt.OnHost("dead1.example", faultrt.Always(faultrt.Hang)),
		faultrt.OnHost("dead2.example", faultrt.Always(faultrt.Hang)), faultrt.OnHost("dead3.example", faultrt.Always(faultrt.Hang)),
		faultrt.Always(faultrt.Delay(20*time.Millisecond))), func(t *testing.T, w *world) {
		w.perHost()
		for i := range 4 {
			w.fireAll(fmt.Sprint("dead", i), 120)
		}
		for i := range 4 {
			w.fireAll(fmt.Sprint("well", i), 120)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		w.tracker.Flush(ctx)
		if n := len(w.called()); n != 480 {
			t.Errorf("%d of 480 were delivered", n)
		}
	})
}

// TestFlushAfterStop: what waited for a turn when the end came is flushed, and
// so is what the busy host had no room for.
func TestFlushAfterStop(t *testing.T) {
	bubble(t, faulty(faultrt.Always(faultrt.Delay(100*time.Millisecond))), func(t *testing.T, w *world) {
		w.perHost()
		w.fireAll("busy", 1200)
		w.run()
		time.Sleep(500 * time.Millisecond)
		w.stop()
		<-w.ended
		w.stop = nil
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		w.tracker.Flush(ctx)
		if n := len(w.count()); n != 1200 {
			t.Errorf("%d of 1,200 were delivered", n)
		}
	})
}
