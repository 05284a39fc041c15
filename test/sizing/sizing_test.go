package sizing

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"stitcher/internal/store/redis/redistest"
)

var sizes = flag.String("sizing.viewers", "", "the numbers of viewers that are measured, such as 1000,5000,20000; nothing is where it is empty")

// nodes is how many nodes answer each viewer in turn, as behind a load balancer without
// affinity.
const nodes = 2

// phase is a part of what viewers do.
type phase string

const (
	beginning phase = "a session begins"
	content   phase = "a minute of content"
	unwatched phase = "a break, playlists only"
	watched   phase = "a break"
)

var phases = []phase{beginning, content, unwatched, watched}

// measured is what a number of viewers used.
type measured struct {
	viewers int
	used    map[phase]map[quantity]float64
	// kept is the memory of Redis that was added, by kind.
	kept map[phase]map[string]float64
	// asked and sent are by how many there were more ad requests and beacons than there are
	// breaks and tracking URLs.
	asked, sent int64
}

// TestSizing measures viewers of a channel with breaks on two nodes, and tells what a million
// would use. It fails unless the cost of a viewer is the same whatever their number is, and
// unless all ads were shown and all beacons sent.
func TestSizing(t *testing.T) {
	if *sizes == "" {
		t.Skip("it takes many minutes; run make sizing")
	}
	var all []*measured
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		m := measure(t, n)
		if m.asked != 0 || m.sent != 0 {
			t.Errorf("with %d viewers %d ad requests and %d beacons are too many", n, m.asked, m.sent)
		}
		t.Logf("%d viewers used %v, kept %v", n, m.used, m.kept)
		all = append(all, m)
	}
	report(t, all)
	for _, p := range phases {
		if p == content {
			continue // a handful of operations
		}
		l := lineOf(all, func(m *measured) float64 { return m.used[p][operations] })
		if l.off > 0.1 {
			t.Errorf("%s: the operations of a viewer depend on the number of viewers: off by %.0f%%", p, 100*l.off)
		}
	}
}

// withBreak is how many rounds a break takes: also two minutes of content, in which it leaves
// the playlists.
const withBreak = breakLength + 20

// trial is a measurement under way.
type trial struct {
	*audience
	*measured
	world *world
	meter *meter
}

// measure has viewers play two breaks.
func measure(t *testing.T, viewers int) *measured {
	t.Helper()
	server := redistest.Start(t, "--save", "", "--appendonly", "no")
	w := newWorld()
	x := &trial{
		audience: new(audience), world: w,
		measured: &measured{viewers: viewers, used: map[phase]map[quantity]float64{}, kept: map[phase]map[string]float64{}},
	}
	for i := range nodes {
		x.nodes = append(x.nodes, newNode(t, w, server, fmt.Sprint("node", i)))
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	// The scripts are loaded and the channel is known.
	do(x.start(ctx, 1))
	do(x.play(ctx, 32, true))
	var err error
	x.meter, err = newMeter(ctx, server.Client(), 10*time.Second)
	do(err)
	t.Logf("%d nodes without viewers use %v in a second", nodes, x.meter.idle)
	do(x.in(ctx, beginning, func() error {
		if err := x.start(ctx, viewers); err != nil {
			return err
		}
		return x.play(ctx, nodes, false) // each node has loaded each session
	}))
	do(x.skip(ctx, x.until(0)-1))
	asked, sent := w.asked.Load(), w.beacons.Load()
	do(x.in(ctx, watched, func() error { return x.play(ctx, withBreak, true) }))
	x.asked = w.asked.Load() - asked - int64(viewers)
	x.sent = w.beacons.Load() - sent - int64(viewers*adsPerBreak*len(events))
	do(x.in(ctx, content, func() error { return x.play(ctx, int64(time.Minute/segment), true) }))
	do(x.skip(ctx, x.until(0)-1))
	do(x.in(ctx, unwatched, func() error { return x.play(ctx, withBreak, false) }))
	return x.measured
}

// until is how many segments there are until the one with a number modulo breakEvery is the
// newest.
func (x *trial) until(at int64) int64 {
	last := x.world.clock().UnixMicro()/segment.Microseconds() - 1
	return (at - last%breakEvery + breakEvery) % breakEvery
}

// in measures a phase.
func (x *trial) in(ctx context.Context, p phase, do func() error) error {
	kept, err := x.meter.kinds(ctx)
	if err != nil {
		return err
	}
	before, err := x.meter.read(ctx)
	if err != nil {
		return err
	}
	if err = do(); err != nil {
		return err
	}
	if x.used[p], err = x.meter.since(ctx, before); err != nil {
		return err
	}
	x.kept[p], err = x.meter.kinds(ctx)
	for kind, n := range kept {
		x.kept[p][kind] -= n
	}
	return err
}

// leastRound is how long a round takes at least: longer than the time between two of those
// writes that are collected.
const leastRound = 1100 * time.Millisecond

var errBusy = errors.New("beacons are still sent after five minutes")

// play has the viewers ask for some playlists, one after each segment.
func (x *trial) play(ctx context.Context, rounds int64, watch bool) error {
	for range rounds {
		x.world.pass(segment)
		begun := time.Now()
		if err := x.poll(ctx, watch); err != nil {
			return err
		}
		if err := x.quiet(ctx, begun); err != nil {
			return err
		}
	}
	return nil
}

// skip has the viewers play content that is not measured. The lifetime of their sessions is
// extended meanwhile.
func (x *trial) skip(ctx context.Context, rounds int64) error {
	const extended = time.Minute / segment
	for i := range rounds {
		x.world.pass(segment)
		begun := time.Now()
		if err := x.poll(ctx, false); err != nil {
			return err
		}
		if i%int64(extended) == 0 {
			if err := x.quiet(ctx, begun); err != nil {
				return err
			}
		}
	}
	return nil
}

// quiet waits until the nodes ask for no ads and send no beacons any more, and none is unsent:
// the claim of a sender would end soon where the time passes faster than it does.
func (x *trial) quiet(ctx context.Context, begun time.Time) error {
	const calm = 400 * time.Millisecond
	last, since := int64(-1), time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for now := range tick.C {
		if n := x.world.asked.Load() + x.world.beacons.Load(); n != last {
			last, since = n, now
		}
		if now.Sub(since) >= calm && now.Sub(begun) >= leastRound {
			unsent, _, err := x.nodes[0].store.Backlog(ctx)
			if err != nil || unsent == 0 {
				return err
			}
		}
		if now.Sub(begun) > 5*time.Minute {
			return errBusy
		}
	}
	return nil
}
