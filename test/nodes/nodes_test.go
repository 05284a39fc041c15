package nodes

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
)

var (
	viewers = flag.Int("nodes.viewers", 24, "how many viewers there are")
	rounds  = flag.Int("nodes.rounds", 1, "how often every fault comes")
	faulty  = flag.Bool("nodes.faults", true, "nodes and Redis are killed and stopped, and Redis is full; two minutes")
	long    = flag.Bool("nodes.long", false, "Redis is also late, read-only, resets connections and fails over; four minutes more")
)

// adSegments is how many segments of ads fill a break: they are of a second each.
const adSegments = breakLength * int(segment/time.Second)

// nodeCount is how many nodes there are.
const nodeCount = 3

// TestNodes: viewers ask random nodes of three over one Redis, with an append-only file.
// A node is killed in a break and starts again, Redis is killed and starts again, and
// Redis is stopped for seconds. No rule is broken in what any viewer has been shown, each
// avail was asked for once, and each beacon of what was played came once.
func TestNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes more than a minute")
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
	for range *rounds {
		if !*faulty {
			w.await(t, true, 1)
			w.await(t, false, breakLength+2)
			continue
		}
		faults(t, w, a, server)
	}
	w.await(t, false, 2)
	end()
	a.report(t)
	settle(t, server)
	judge(t, w, a)
}

// faults are a node's death in a break, Redis's death in the content after it, and the
// stop of Redis in another break.
func faults(t *testing.T, w *world, a *audience, server *redistest.Server) {
	t.Helper()
	w.await(t, true, 1)
	event(t, "node 1 is killed")
	a.nodes[1].kill()
	w.await(t, false, breakLength)
	event(t, "node 1 starts")
	a.nodes[1].start(t)

	w.await(t, false, breakLength+2)
	a.setAway(true)
	event(t, "Redis is killed")
	server.Kill()
	pass(t, time.Second)
	server.Restart()
	event(t, "Redis is back")
	pass(t, 2*time.Second)
	a.setAway(false)

	w.await(t, true, 1)
	a.setAway(true)
	event(t, "Redis is stopped")
	server.Pause()
	pass(t, 2500*time.Millisecond)
	status, failing := a.nodes[0].readiness(t)
	if status != "degraded" || !slices.Contains(failing, "store") {
		t.Errorf("while Redis is stopped a node says %q, of %v", status, failing)
	}
	pass(t, time.Second)
	event(t, "Redis goes on")
	server.Resume()
	pass(t, 2*time.Second)
	a.setAway(false)
	w.await(t, true, 1)
}

// event logs when something happens, as violations have their times.
func event(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s %s", time.Now().Format("05.000"), what)
}

// pass lets some time of the world pass.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// await waits until a break, or the content between two, has got to a segment.
func (w *world) await(t *testing.T, inBreak bool, at int64) {
	t.Helper()
	begun := w.number(time.Now())
	redistest.Until(t, "the channel gets there", func(context.Context) error {
		in, now := w.inBreak(time.Now())
		if in != inBreak || now < at || w.number(time.Now()) == begun {
			return fmt.Errorf("segment %d", now)
		}
		return nil
	})
}

// warm has every node prepare the creatives: with the files of a node of its own, an ad
// that one node has decided on must be there on all.
func warm(t *testing.T, a *audience) {
	t.Helper()
	for _, n := range a.nodes {
		only := newAudience()
		only.nodes = []*node{n}
		redistest.Until(t, fmt.Sprintf("node %d shows ads", n.index), func(ctx context.Context) error {
			v := &viewer{audience: only}
			if err := v.start(ctx, "title"); err != nil {
				return err // it has not heard of the configuration yet
			}
			v.poll(ctx, 0)
			if shown := strings.Count(v.text[0], adSegment); shown < adsPerBreak*2 {
				pass(t, 200*time.Millisecond)
				return fmt.Errorf("%d ad segments: %s", shown, v.text[0])
			}
			return nil
		})
	}
}

// settle waits until every beacon is sent: the claims of a node that was killed are over
// after a minute.
func settle(t *testing.T, server *redistest.Server) {
	t.Helper()
	s, err := redis.Open(server.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		n, oldest, err := s.Backlog(ctx)
		if err == nil && n == 0 {
			return
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			t.Errorf("%d triggers are not sent, the oldest of %v, %v", n, time.UnixMicro(oldest), err)
			return
		}
	}
}

// once holds that the ad server was asked once for each avail, and that no beacon came twice.
func (w *world) once(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for of, n := range w.asked {
		if n != 1 {
			t.Errorf("the ad server was asked %d times for %s", n, of)
		}
	}
	for url, n := range w.beacons {
		if n != 1 {
			t.Errorf("%d beacons %s", n, url)
		}
	}
}

// judge looks at what the ad server and the tracking host have met.
func judge(t *testing.T, w *world, a *audience) {
	t.Helper()
	w.once(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := map[string]int{}
	for name := range w.beacons {
		session, _, _ := strings.Cut(name, "/")
		sent[session]++
	}
	played, whole := 0, 0
	for session, n := range a.played {
		played += n
		if n%adSegments != 0 {
			continue // the viewer came or left in the middle of a break
		}
		whole++
		if want := n / adSegments * adsPerBreak * len(events); sent[session] != want {
			t.Errorf("%d beacons have come of session %s, which played %d ad segments, want %d", sent[session], session, n, want)
		}
	}
	t.Logf("%d answers, %d ad requests, %d ad segments, %d beacons", a.asked, len(w.asked), played, len(w.beacons))
	if whole == 0 {
		t.Error("nobody played a whole break")
	}
}
