// Package presence counts the nodes that work on a store.
package presence

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

const (
	// owner owns a fact for each node, which the node writes again every beat.
	owner = "nodes"
	// Every is how often it does.
	Every = 5 * time.Second
	// life is after how long without it a node is taken for gone, kept after how long its
	// fact goes.
	life = 15 * time.Second
	kept = 2 * time.Minute
)

// Presence tells how many nodes work on the store. Limits that hold for all nodes together
// are divided by it.
type Presence struct {
	facts store.Facts
	node  string
	live  atomic.Int64
	beats int64
	gauge prometheus.Gauge
}

// New is the presence of a node, which is taken for the only one until it has looked.
func New(facts store.Facts, node string, reg prometheus.Registerer) *Presence {
	p := &Presence{facts: facts, node: node, gauge: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stitcher_nodes", Help: "Nodes that work on the store, as this one counts them. The limits of ad servers and tracking hosts are divided by it.",
	})}
	reg.MustRegister(p.gauge)
	p.count(1)
	return p
}

// Nodes is how many there are, this one included.
func (p *Presence) Nodes() int { return int(p.live.Load()) }

func (p *Presence) count(n int) {
	p.live.Store(int64(n))
	p.gauge.Set(float64(n))
}

// Beat writes that this node is there and counts those that are. The store's revisions are
// times, so clocks of nodes play no part. While the store is away the last count holds.
func (p *Presence) Beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Every)
	defer cancel()
	p.beats++
	own, err := p.facts.Create(ctx, owner, kept, avail.Fact{Key: p.node, Rank: p.beats, Value: []byte("{}")})
	if err != nil {
		return fmt.Errorf("write that this node is there: %w", err)
	}
	list, _, err := p.facts.Since(ctx, owner, 0)
	if err != nil {
		return fmt.Errorf("read which nodes are there: %w", err)
	}
	n := 0
	var gone []string
	for _, f := range list {
		switch age := time.Duration(own[0].Rev-f.Rev) * time.Microsecond; {
		case age < life:
			n++
		case age > kept:
			gone = append(gone, f.Key)
		}
	}
	p.count(max(1, n))
	if len(gone) > 0 {
		return p.facts.Drop(ctx, owner, gone...)
	}
	return nil
}

// Leave tells the others that this node has gone.
func (p *Presence) Leave(ctx context.Context) error {
	if err := p.facts.Drop(ctx, owner, p.node); err != nil {
		return fmt.Errorf("write that this node has gone: %w", err)
	}
	return nil
}
