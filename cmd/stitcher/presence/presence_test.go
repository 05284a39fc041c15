package presence

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
)

// brokenFacts take nothing while they are broken.
type brokenFacts struct {
	store.Facts
	broken bool
}

func (b *brokenFacts) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	if b.broken {
		return nil, store.ErrUnavailable
	}
	return b.Facts.Create(ctx, owner, ttl, facts...)
}

// TestPresence: nodes count each other, those that leave at once and those that die after a
// while, and go on with the last count while the store is away.
func TestPresence(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, err := redis.Open(redistest.Start(t).URL(), redis.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	facts := &brokenFacts{Facts: s}
	nodes := map[string]*Presence{}
	for _, name := range []string{"a", "b", "c"} {
		nodes[name] = New(facts, name, prometheus.NewRegistry())
	}
	beat := func(want int, names ...string) {
		t.Helper()
		now = now.Add(Every)
		for range 2 {
			for _, name := range names {
				if err := nodes[name].Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, name := range names {
			if n := nodes[name].Nodes(); n != want {
				t.Errorf("node %s counts %d, want %d", name, n, want)
			}
		}
	}
	if n := nodes["a"].Nodes(); n != 1 {
		t.Errorf("before it has looked a node counts %d", n)
	}
	beat(1, "a")
	beat(3, "a", "b", "c")
	if err := nodes["b"].Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	beat(2, "a", "c")
	beat(2, "a") // c has died
	beat(2, "a")
	facts.broken = true
	if err := nodes["a"].Beat(t.Context()); !errors.Is(err, store.ErrUnavailable) || nodes["a"].Nodes() != 2 {
		t.Errorf("while the store is away %d nodes are counted, %v", nodes["a"].Nodes(), err)
	}
	facts.broken = false
	now = now.Add(life)
	beat(1, "a")
	now = now.Add(kept)
	beat(1, "a")
	if list, _, err := s.Since(t.Context(), owner, 0); len(list) != 1 || err != nil {
		t.Errorf("%d nodes are remembered, %v", len(list), err)
	}
}
