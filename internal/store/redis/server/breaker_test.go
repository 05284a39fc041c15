package server

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"stitcher/internal/store"
)

// refusal is a reply of a server.
type refusal string

func (r refusal) Error() string { return string(r) }

// RedisError implements redis.Error.
func (refusal) RedisError() {}

// guarded is a server behind a breaker.
type guarded struct {
	*breaker
	now   time.Time
	calls int
	// err is what calls end with.
	err error
}

func newGuarded() *guarded {
	g := &guarded{now: time.Unix(1_800_000_000, 0)}
	g.breaker = &breaker{metrics: NewMetrics(prometheus.NewRegistry()), now: func() time.Time { return g.now }}
	return g
}

// call calls the server, and says whether it was let through.
func (g *guarded) call(ctx context.Context, command string) (through bool, err error) {
	before := g.calls
	err = g.through(ctx, func() error { g.calls++; return g.err }, redis.NewCmd(ctx, command))
	return g.calls > before, err
}

// fail has some calls fail.
func (g *guarded) fail(t *testing.T, n int, err error) {
	t.Helper()
	g.err = err
	for range n {
		if through, got := g.call(t.Context(), "get"); !through || !errors.Is(got, err) {
			t.Fatalf("a call was let through: %v, and failed with %v", through, got)
		}
	}
}

// TestBreaker: after three calls without an answer a server is asked by one call in a while,
// by those who are patient, and to begin connections. The others fail at once. An answer, of
// whatever kind, ends that.
func TestBreaker(t *testing.T) {
	g := newGuarded()
	g.fail(t, trip, os.ErrDeadlineExceeded)
	if through, err := g.call(t.Context(), "get"); through || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a call to a server that is away was let through: %v, %v", through, err)
	}
	for _, command := range []string{"hello", "auth", "select", "client", "readonly"} {
		if through, _ := g.call(t.Context(), command); !through {
			t.Errorf("%s was refused", command)
		}
	}
	if through, _ := g.call(store.Patiently(t.Context()), "get"); !through {
		t.Error("a patient call was refused")
	}
	g.now = g.now.Add(probeEvery)
	if through, _ := g.call(t.Context(), "get"); !through {
		t.Error("no call finds out whether the server is back")
	}
	if through, _ := g.call(t.Context(), "get"); through {
		t.Error("two calls find out at once whether the server is back")
	}
	g.now, g.err = g.now.Add(probeEvery), refusal("READONLY You can't write against a read only replica.")
	for range 2 {
		if through, err := g.call(t.Context(), "get"); !through || !errors.Is(err, g.err) {
			t.Errorf("a server that answers is away: %v, %v", through, err)
		}
	}
}

// TestBreakerCounts: calls that their callers end say nothing of the server, and an answer
// begins the count anew.
func TestBreakerCounts(t *testing.T) {
	g := newGuarded()
	g.fail(t, 3*trip, context.Canceled)
	g.fail(t, trip-1, os.ErrDeadlineExceeded)
	g.fail(t, 1, redis.Nil)
	g.fail(t, trip-1, os.ErrDeadlineExceeded)
	if through, _ := g.call(t.Context(), "get"); !through {
		t.Error("a server is away that has answered in between")
	}
}
