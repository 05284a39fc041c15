package nodes

import (
	"math/rand/v2"
	"net"
	"net/http"
	"testing"
	"time"

	"stitcher/internal/store/redis/redistest"
)

// upstreamFault is what happens to requests to the origin, the ad server and the tracking host.
type upstreamFault struct {
	// late is how much later they are answered.
	late time.Duration
	// reset is which share of the connections is reset, before the request is looked at.
	reset float64
}

// upstream has the fault of the moment happen to requests.
func (w *world) upstream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if f := w.fault.Load(); f != nil {
			select {
			case <-time.After(f.late):
			case <-r.Context().Done():
				return
			}
			if rand.Float64() < f.reset {
				if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
					_ = c.(*net.TCPConn).SetLinger(0)
					_ = c.Close()
				}
				return
			}
		}
		next.ServeHTTP(rw, r)
	})
}

// TestUpstreamFaults: in one break after another the origin, the ad server and the tracking host
// answer half a second late, and reset a third of their connections. Playlists go on, no rule
// is broken in what any viewer has been shown, no avail is asked for twice, and each beacon of
// what was played comes once.
func TestUpstreamFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	if !*faulty {
		t.Skip("-nodes.faults=false")
	}
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "everysec")
	w := newWorld(t)
	a := newAudience()
	for i := range nodeCount {
		a.nodes = append(a.nodes, newNode(t, i, server.URL()))
	}
	a.nodes[0].configure(t, w)
	warm(t, a)
	end := a.play(t, *viewers)
	w.await(t, true, 1)
	w.await(t, false, breakEvery-2)
	for name, f := range map[string]upstreamFault{"late": {late: 500 * time.Millisecond}, "resetting": {reset: 1. / 3}} {
		event(t, name)
		w.fault.Store(&f)
		w.await(t, true, 1)
		w.await(t, false, breakLength+1)
		w.fault.Store(nil)
		event(t, "it is over")
		w.await(t, false, breakEvery-2)
	}
	w.await(t, true, 1)
	w.await(t, false, breakLength+2)
	end()
	a.report(t)
	settle(t, server)
	judge(t, w, a)
}
