package script

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// offset is by how much the server's clock is ahead of this machine's, at least. It is
// learnt from answers: the server's time in an answer was over when the answer came.
type offset struct {
	mu    sync.Mutex
	known bool
	// best is the greatest lower bound, in microseconds, and at when it was learnt.
	best int64
	at   time.Time
}

const (
	// skew is how far clocks may be apart where nothing is known of them.
	skew = time.Second
	// drift is by how many microseconds per second a bound loses its worth.
	drift = 200
)

// learn takes the server's time from an answer that came at a time.
func (o *offset) learn(server int64, came time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	bound := server - came.UnixMicro()
	if !o.known || bound >= o.best-int64(came.Sub(o.at).Seconds()*drift) {
		o.known, o.best, o.at = true, bound, came
	}
}

// of is a time of this machine on the server's clock, Unix microseconds: not later than
// it is, where something is known of that clock.
func (o *offset) of(t time.Time) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.known {
		return t.Add(skew).UnixMicro()
	}
	return t.UnixMicro() + o.best
}

// Bounded is ctx with the end of a write's budget, and that end on the server's clock: a
// script refuses to write after it, because the caller has given up by then. It is no
// more than the time-out of one attempt, so that no attempt is given up before it.
func (s *Runner) Bounded(ctx context.Context) (context.Context, context.CancelFunc, string) {
	end := time.Now().Add(s.budget)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	return ctx, cancel, strconv.FormatInt(s.offset.of(end), 10)
}

// Learn takes the server's time, Unix microseconds, from an answer that came at a time.
func (s *Runner) Learn(server int64, came time.Time) { s.offset.learn(server, came) }

// Time is the time of the servers, as far as it is known here.
func (s *Runner) Time() time.Time {
	if s.now != nil {
		return s.now()
	}
	return time.UnixMicro(s.offset.of(time.Now()))
}
