package nodes

import (
	"context"
	"fmt"
	"testing"
	"time"

	redisclient "github.com/redis/go-redis/v9"

	"stitcher/internal/store/redis/redistest"
)

// TestRedisFaults: in one break after another Redis answers half a second late, takes no
// writes because it is a replica, takes none because its memory is full, and has its
// connections reset. Playlists go on, no rule is broken in what any viewer has been shown, a
// node says that it is degraded, and each beacon of what was played comes once.
func TestRedisFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	if !*faulty {
		t.Skip("-nodes.faults=false")
	}
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "everysec")
	between := newProxy(t, server.Addr)
	w := newWorld(t)
	a := newAudience()
	for i := range nodeCount {
		a.nodes = append(a.nodes, newNode(t, i, between.URL()))
	}
	a.nodes[0].configure(t, w)
	warm(t, a)
	end := a.play(t, *viewers)
	w.await(t, true, 1) // what sessions begin with is recorded by then
	w.await(t, false, breakEvery-afterFault)
	for _, f := range redisFaults(between, server.Client()) {
		if f.always || *long {
			f.happen(t, w, a)
		}
	}
	w.await(t, true, 1)
	w.await(t, false, breakLength+2)
	end()
	a.report(t)
	settle(t, server)
	judge(t, w, a)
}

// redisFault is something that Redis, or the way to it, does for some time.
type redisFault struct {
	name       string
	begin, end func(*testing.T)
	// degraded is whether a node must notice at once.
	degraded bool
	// always is whether it happens without -nodes.long.
	always bool
}

const (
	// afterFault is how many segments before a break a fault begins. Avails that begin less
	// than two seconds after it, as a node sees them, are in doubt (ARCHITECTURE.md).
	afterFault = 5
	// faultLength is how long it lasts: until the break has begun, and the answers that wait
	// are given.
	faultLength = 16 * time.Second
)

func redisFaults(between *proxy, c *redisclient.Client) []redisFault {
	do := func(f func(*testing.T) error) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if err := f(t); err != nil {
				t.Fatal(err)
			}
		}
	}
	return []redisFault{
		{
			"late", func(*testing.T) { between.slow(500 * time.Millisecond) },
			func(*testing.T) { between.slow(0) }, true, false,
		},
		{
			"read-only", do(func(t *testing.T) error { return c.ReplicaOf(t.Context(), "127.0.0.1", "1").Err() }),
			do(func(t *testing.T) error { return c.ReplicaOf(t.Context(), "NO", "ONE").Err() }), true, false,
		},
		{
			"full", do(func(t *testing.T) error { return c.ConfigSet(t.Context(), "maxmemory", "1").Err() }),
			do(func(t *testing.T) error { return c.ConfigSet(t.Context(), "maxmemory", "0").Err() }), true, true,
		},
		{"resetting", func(*testing.T) { between.reset(150 * time.Millisecond) }, func(*testing.T) { between.reset(0) }, false, false},
	}
}

// happen has a fault begin and end. In it a break begins.
func (f redisFault) happen(t *testing.T, w *world, a *audience) {
	t.Helper()
	a.setAway(true)
	before := a.refusals()
	event(t, f.name)
	f.begin(t)
	pass(t, faultLength-time.Second)
	if status, failing := a.nodes[0].readiness(t); f.degraded && status != "degraded" {
		t.Errorf("%s: a node says %q, of %v", f.name, status, failing)
	}
	pass(t, time.Second)
	f.end(t)
	event(t, "it is over")
	pass(t, 2*time.Second)
	if n := a.refusals() - before; n > 0 {
		t.Errorf("%s: %d answers were refused", f.name, n)
	}
	a.setAway(false)
	w.await(t, false, breakEvery-afterFault)
}

// TestFailover: the primary dies in the content between two breaks, and the Sentinels make its
// replica the primary. Playlists go on, no rule is broken, and beacons come once: what was
// acknowledged had been replicated.
func TestFailover(t *testing.T) {
	if testing.Short() || !*long {
		t.Skip("it takes a minute; -nodes.long")
	}
	x := redistest.StartSentinel(t, "")
	w := newWorld(t)
	a := newAudience()
	for i := range nodeCount {
		a.nodes = append(a.nodes, newNode(t, i, x.URL()))
	}
	a.nodes[0].configure(t, w)
	warm(t, a)
	end := a.play(t, *viewers)
	w.await(t, true, 1)
	w.await(t, false, breakLength+2)
	a.setAway(true)
	event(t, "the primary dies")
	x.Primary.Kill()
	redistest.Until(t, "the nodes write to the replica", func(context.Context) error {
		for _, n := range a.nodes {
			if status, failing := n.readiness(t); status != "ready" {
				return fmt.Errorf("node %d is %s: %v", n.index, status, failing)
			}
		}
		return nil
	})
	event(t, "the nodes write to the replica")
	pass(t, 2*time.Second)
	a.setAway(false)
	w.await(t, true, 1)
	w.await(t, false, breakLength+2)
	w.await(t, true, 1)
	w.await(t, false, breakLength+2)
	end()
	a.report(t)
	settle(t, x.Replica)
	judge(t, w, a)
}
