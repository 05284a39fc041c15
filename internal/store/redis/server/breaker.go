package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store"
)

const (
	// trip is how many calls in a row a server leaves unanswered before it is known
	// to be away.
	trip = 3
	// probeEvery is how often one call finds out whether a server is back.
	probeEvery = 200 * time.Millisecond
)

// errAway is the answer to a call to a server that is known to be away.
var errAway = fmt.Errorf("%w: the server has not answered its last calls", store.ErrUnavailable)

// breaker is a hook of a server's client that counts round trips, and refuses calls at
// once while the server does not answer: otherwise each viewer's request would wait
// until its own call has timed out, and hold a connection for as long.
type breaker struct {
	metrics *Metrics
	now     func() time.Time

	mu sync.Mutex
	// failures is how many calls in a row were not answered, probed when one was last
	// let through although the server was away.
	failures int
	probed   time.Time
}

var _ redis.Hook = (*breaker)(nil)

// admit is whether a call may go to the server.
func (b *breaker) admit() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < trip {
		return true
	}
	now := b.now()
	if now.Sub(b.probed) < probeEvery {
		return false
	}
	b.probed = now
	return true
}

// done notes the end of a call.
func (b *breaker) done(took time.Duration, err error) {
	answered := !unanswered(err)
	b.metrics.seconds.Observe(took.Seconds())
	result := "ok"
	if !answered {
		result = "failed"
	}
	b.metrics.commands.WithLabelValues(result).Inc()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case answered && b.failures >= trip:
		b.metrics.down.Dec()
		b.failures = 0
	case answered:
		b.failures = 0
	case errors.Is(err, context.Canceled): // the caller's doing
	default:
		if b.failures++; b.failures == trip {
			b.metrics.down.Inc()
			b.probed = b.now()
		}
	}
}

// unanswered is whether an error is other than a reply of the server.
func unanswered(err error) bool {
	var reply redis.Error
	return err != nil && !errors.Is(err, redis.Nil) && !errors.As(err, &reply)
}

// DialHook implements redis.Hook.
func (b *breaker) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return b.through(ctx, func() error { return next(ctx, cmd) }, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return b.through(ctx, func() error { return next(ctx, cmds) }, cmds...)
	}
}

func (b *breaker) through(ctx context.Context, do func() error, cmds ...redis.Cmder) error {
	if handshake(cmds) {
		return do()
	}
	// Those who are patient are few, and a server that is slow may answer them.
	if !b.admit() && !store.Patient(ctx) {
		b.metrics.commands.WithLabelValues("refused").Inc()
		for _, c := range cmds {
			c.SetErr(errAway)
		}
		return errAway
	}
	begun := b.now()
	err := do()
	b.done(b.now().Sub(begun), err)
	return err
}

// handshake is whether commands begin a connection. They are part of the call that
// needs it, and must not be refused.
func handshake(cmds []redis.Cmder) bool {
	switch cmds[0].Name() {
	case "hello", "auth", "select", "client", "readonly":
		return true
	}
	return false
}
