package ledger

import (
	"context"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/store"
)

// gated is a store whose reads of news see what was there at their begin, and end when the
// gate is open.
type gated struct {
	store.Facts
	begun chan struct{}
	gate  chan struct{}
}

func (g *gated) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	facts, newest, err := g.Facts.Since(ctx, owner, rev)
	select {
	case g.begun <- struct{}{}:
	default:
	}
	<-g.gate
	return facts, newest, err
}

// TestFollowWaits: a request that arrives while the ledger is being read is answered from a
// read that began after it arrived, because another node may have published meanwhile what
// the viewer has been shown.
func TestFollowWaits(t *testing.T) {
	m := newMemory()
	g := &gated{m, make(chan struct{}, 1), make(chan struct{})}
	s, err := Open(t.Context(), m, "channel", Options{Maximum: 60 * second, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	s.facts = g
	var all sync.WaitGroup
	all.Go(func() {
		if err := s.Follow(t.Context(), epochStart); err != nil {
			t.Error(err)
		}
	})
	<-g.begun
	f := feed.Feed{Rendition: "v0", Until: -1, Whole: true}
	if _, err := m.Create(t.Context(), s.owner, time.Hour, f.Fact()); err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{}, 10)
	for range cap(arrived) {
		all.Go(func() {
			arrived <- struct{}{}
			if err := s.Follow(t.Context(), afterStart(1)); err != nil {
				t.Error(err)
			}
			if name, begun := s.Feeder(); !begun || name != "v0" {
				t.Error("an answer is made from what was known before another node wrote")
			}
		})
	}
	for range cap(arrived) {
		<-arrived
	}
	close(g.gate)
	all.Wait()
}

// TestFollowLeft: a request whose client leaves while the ledger is read reads nothing for
// others.
func TestFollowLeft(t *testing.T) {
	m := newMemory()
	s, err := Open(t.Context(), m, "channel", Options{Maximum: 60 * second, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	f := feed.Feed{Rendition: "v0", Until: -1, Whole: true}
	if _, err := m.Create(t.Context(), s.owner, time.Hour, f.Fact()); err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	s.facts = failing{m}
	if err := s.Follow(gone, epochStart); err == nil {
		t.Error("Follow hides that the read failed")
	}
	s.facts = m
	if err := s.Follow(t.Context(), epochStart); err != nil {
		t.Fatal(err)
	}
	if name, begun := s.Feeder(); !begun || name != "v0" {
		t.Error("the next request has not read the ledger")
	}
}

// failing is a store that reads no news for a client that has left.
type failing struct{ store.Facts }

func (f failing) Since(ctx context.Context, _ string, _ int64) ([]avail.Fact, int64, error) {
	return nil, 0, ctx.Err()
}
