package entries

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// known is what has been learned of a log.
type known struct {
	mu   sync.Mutex
	keys []string
}

func (k *known) learn(entries []avail.Fact) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range entries {
		k.keys = append(k.keys, e.Key)
	}
	return nil
}

// has is whether an entry was learned.
func (k *known) has(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Contains(k.keys, key)
}

// start is when the tests begin.
var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

// newLog is the log of a channel in a store that nodes share, and what is known of it.
func newLog(facts store.Facts) (*Log, *known) {
	k := &known{}
	return New(Options{Facts: facts, Owner: "stream/channel", Shared: true, Learn: k.learn}), k
}

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
	m := memory.NewFacts(time.Now)
	g := &gated{m, make(chan struct{}, 1), make(chan struct{})}
	l, k := newLog(g)
	var all sync.WaitGroup
	all.Go(func() {
		if err := l.Follow(t.Context(), start); err != nil {
			t.Error(err)
		}
	})
	<-g.begun
	if _, err := m.Create(t.Context(), "stream/channel", time.Hour, avail.Fact{Key: "new"}); err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{}, 10)
	for range cap(arrived) {
		all.Go(func() {
			arrived <- struct{}{}
			if err := l.Follow(t.Context(), start.Add(time.Second)); err != nil {
				t.Error(err)
			}
			if !k.has("new") {
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
	m := memory.NewFacts(time.Now)
	l, k := newLog(failing{m})
	if _, err := m.Create(t.Context(), "stream/channel", time.Hour, avail.Fact{Key: "new"}); err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := l.Follow(gone, start); err == nil {
		t.Error("Follow hides that the read failed")
	}
	l.opt.Facts = m
	if err := l.Follow(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	if !k.has("new") {
		t.Error("the next request has not read the ledger")
	}
}

// failing is a store that reads no news for a client that has left.
type failing struct{ store.Facts }

func (f failing) Since(ctx context.Context, _ string, _ int64) ([]avail.Fact, int64, error) {
	return nil, 0, ctx.Err()
}
