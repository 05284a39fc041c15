package stitch

import (
	"context"
	"fmt"
	"math/rand"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/spool"
)

// simOutage is a time in which nodes cannot reach the store: all of them, or one. Each
// loses it and has it back at moments of its own; a node that does not lose it has
// from = to. Some stores can be read meanwhile: they take no writes only.
type simOutage struct {
	from, to []int64
	readable bool
}

const (
	// simOutageSkew is by how much the moments of nodes differ.
	simOutageSkew = simSecond
	// simOutageAlone bounds how long one node alone loses the store.
	simOutageAlone = int64(outage.MaxUnsure/time.Microsecond) - simOutageSkew
	// simOutageMost bounds how long all nodes lose it.
	simOutageMost = int64(outage.MaxDisputed/time.Microsecond) - simOutageSkew
)

// simOutages draws the outages of a world.
func simOutages(rng *rand.Rand, nodes int, until int64) []simOutage {
	var list []simOutage
	for t := 90 * simSecond; ; {
		t += 5*simSecond + rng.Int63n(120*simSecond)
		if t > until {
			return list
		}
		o := simOutage{from: make([]int64, nodes), to: make([]int64, nodes), readable: rng.Intn(3) == 0}
		alone, length := rng.Intn(nodes), rng.Int63n(simOutageAlone)
		all := rng.Intn(3) > 0
		if all {
			length = rng.Int63n(simOutageMost)
		}
		for i := range nodes {
			o.from[i] = t + rng.Int63n(simOutageSkew)
			o.to[i] = max(o.from[i], t+length+rng.Int63n(simOutageSkew))
			if !all && i != alone {
				o.to[i] = o.from[i]
			}
		}
		list = append(list, o)
		t += length + simOutageSkew
	}
}

// away is whether a node cannot reach the store now. The first operations that fail may
// have been done all the same: sure is whether they were not.
func (w *simWorld) away(node int) (away, sure bool) {
	for _, o := range w.outages {
		if o.from[node] <= w.t && w.t < o.to[node] {
			return true, w.t-o.from[node] > simSecond/5
		}
	}
	return false, true
}

// legible is whether a node can read the store, if it cannot write to it.
func (w *simWorld) legible(node int) bool {
	for _, o := range w.outages {
		if o.from[node] <= w.t && w.t < o.to[node] {
			return o.readable
		}
	}
	return true
}

// outage is whether any node could not reach the store at some time between two.
func (w *simWorld) outage(from, to int64) bool {
	for _, o := range w.outages {
		for i := range o.from {
			if o.from[i] <= to && from < o.to[i] {
				return true
			}
		}
	}
	return false
}

// simLink is the way of a node to the store.
type simLink struct {
	store.Facts
	store.Outbox
	w    *simWorld
	node int
}

// do does an operation, unless the store is away.
func (l simLink) do(f func() error) error {
	away, sure := l.w.away(l.node)
	if !away {
		return f()
	}
	if !sure && l.w.turns.Intn(2) == 0 {
		if err := f(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it is away", store.ErrUnavailable)
}

// look does a read, unless the store can't even be read.
func (l simLink) look(f func() error) error {
	if l.w.legible(l.node) {
		return f()
	}
	return l.do(f)
}

func (l simLink) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) (stored []avail.Fact, err error) {
	err = l.do(func() error { stored, err = l.Facts.Create(ctx, owner, ttl, facts...); return err })
	return stored, err
}

func (l simLink) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (a store.Appended, err error) {
	err = l.do(func() error { a, err = l.Facts.Append(ctx, owner, ttl, rev, facts...); return err })
	return a, err
}

func (l simLink) Since(ctx context.Context, owner string, rev int64) (facts []avail.Fact, now int64, err error) {
	err = l.look(func() error { facts, now, err = l.Facts.Since(ctx, owner, rev); return err })
	return facts, now, err
}

func (l simLink) Get(ctx context.Context, owner string, keys ...string) (facts []avail.Fact, err error) {
	err = l.look(func() error { facts, err = l.Facts.Get(ctx, owner, keys...); return err })
	return facts, err
}

func (l simLink) Drop(ctx context.Context, owner string, keys ...string) error {
	return l.do(func() error { return l.Facts.Drop(ctx, owner, keys...) })
}

func (l simLink) Touch(ctx context.Context, ttl time.Duration, owners ...string) error {
	return l.do(func() error { return l.Facts.Touch(ctx, ttl, owners...) })
}

func (l simLink) Expires(ctx context.Context, owner string) (until time.Time, err error) {
	err = l.look(func() error { until, err = l.Facts.Expires(ctx, owner); return err })
	return until, err
}

// connect gives a node that starts a spool of its own, with nothing in it.
func (n *simNode) connect() {
	w := n.w
	if len(w.outages) == 0 {
		n.facts = simStore{w.store, w.tasks}
		return
	}
	n.spool = spool.New(simLink{w.store, memory.NewOutbox(n.Now), w, n.index}, spool.Options{Shared: true, Now: n.Now})
	n.facts = simStore{n.spool, w.tasks}
}

// keepUp has the spools of all nodes do what they do by themselves, several times a
// second: find out whether the store is there, and write what is held.
func (w *simWorld) keepUp() {
	for _, n := range w.nodes {
		if n.spool != nil {
			_ = n.spool.Beat(context.Background())
		}
	}
}
