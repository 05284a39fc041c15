package tracking_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/faultrt"
)

// onHosts applies a rule to the hosts whose name begins with prefix.
func onHosts(prefix string, rule faultrt.Rule) faultrt.Rule {
	return func(r *http.Request) faultrt.Fault {
		if strings.HasPrefix(r.URL.Host, prefix) {
			return rule(r)
		}
		return nil
	}
}

// TestDeadHostOfAnAd: all impressions of an ad leave at the same time (VAST 4.3
// §2.3.4), so that a wrapper's host that hangs takes nothing from the next one's.
func TestDeadHostOfAnAd(t *testing.T) {
	bubble(t, faulty(onHosts("dead", faultrt.Always(faultrt.Hang))), func(t *testing.T, w *world) {
		w.ad = func(string) (*avail.Ad, error) {
			return &avail.Ad{Tracking: map[string][]string{"impression": {
				"http://dead0.example/", "http://dead1.example/", "http://well.example/",
			}}}, nil
		}
		w.run()
		begun := time.Now()
		w.fire("s", avail.Impression)
		w.until("the well host's", time.Minute, func() bool { return len(w.called()) == 1 })
		if took := time.Since(begun); took > 500*time.Millisecond {
			t.Errorf("it waited for %s", took)
		}
	})
}

// TestNeighbours: hosts with long queues that hang, or answer just in time, keep
// nobody else's beacons waiting, neither at first nor when they are called again.
func TestNeighbours(t *testing.T) {
	for name, rule := range map[string]faultrt.Rule{
		"hang": faultrt.Always(faultrt.Hang),
		"slow": faultrt.Always(faultrt.Delay(2500 * time.Millisecond)),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, faulty(onHosts("bad", rule)), func(t *testing.T, w *world) {
				w.perHost()
				w.workers = 128
				w.end()
				w.start()
				for i := range 8 {
					w.fireAll(fmt.Sprint("bad", i), 80)
				}
				w.run()
				var worst time.Duration
				for i := range 4 {
					time.Sleep(1700 * time.Millisecond)
					begun := time.Now()
					w.fire(fmt.Sprint("well-", i), avail.Impression)
					want := fmt.Sprint("http://well.example/", i)
					w.until(want, time.Minute, func() bool { return w.count()[want] == 1 })
					worst = max(worst, time.Since(begun))
				}
				if worst > time.Second {
					t.Errorf("a well host's beacon waited for %s", worst)
				}
			})
		})
	}
}

// TestApart: a URL that fails is called again half a minute later at the
// earliest and an hour after the event at the latest (MediaTailor's, reference
// §6.1), however it fails.
func TestApart(t *testing.T) {
	for name, rule := range map[string]faultrt.Rule{"503": faultrt.Always(faultrt.Status(503)), "hangs": faultrt.Always(faultrt.Hang)} {
		t.Run(name, func(t *testing.T) {
			var tries []time.Time
			spy := func(*http.Request) faultrt.Fault { tries = append(tries, time.Now()); return nil }
			bubble(t, faulty(spy, rule), func(t *testing.T, w *world) {
				w.run()
				begun := time.Now()
				w.fire("s", avail.Impression)
				w.until("given up", 75*time.Minute, func() bool { return w.backlog() == 0 })
				for i := 1; i < len(tries); i++ {
					if d := tries[i].Sub(tries[i-1]); d < 30*time.Second {
						t.Errorf("call %d came %s after the one before", i+1, d)
					}
				}
				if last := tries[len(tries)-1].Sub(begun); last > time.Hour+5*time.Second {
					t.Errorf("the last call came after %s", last)
				}
				if len(tries) < 8 {
					t.Errorf("%d calls in an hour", len(tries))
				}
			})
		})
	}
}
