package adserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/tracing"
	"stitcher/internal/vast"
	"stitcher/internal/vast/markup"
)

// Requests sends the requests of one decision: to the ad decision server and to every
// server that a wrapper names.
type Requests struct {
	Client  *Client
	Session *playback.Session
	// Timeout bounds each request.
	Timeout time.Duration
	// Recorder notes the requests; nil notes none.
	Recorder *Recorder
}

var _ vast.Fetcher = (*Requests)(nil)

// statusError is an answer with a status other than 2xx.
type statusError int

// Error names the status.
func (e statusError) Error() string { return fmt.Sprintf("the ad server answered %d", int(e)) }

// errBusy says that no place at the host was free in time.
var errBusy = errors.New("the limit of concurrent requests to the ad server is reached")

// Fetch asks the server that a wrapper names, and gives the body and where
// redirects led. It gets nothing that the configuration has for the ad decision
// server.
func (q *Requests) Fetch(ctx context.Context, target string) (body []byte, at string, err error) {
	answer, err := q.send(ctx, egress.Request{
		Method: http.MethodGet, URL: target, Header: Header(q.Session), MaxBytes: markup.MaxBytes,
	})
	if err != nil {
		return nil, "", err
	}
	if answer.URL != nil {
		target = answer.URL.String()
	}
	return answer.Body, target, nil
}

// First sends the ad request of an avail when the budget has a turn for it.
func (q *Requests) First(ctx context.Context, b *Budget, key avail.Key, r egress.Request) (*egress.Response, error) {
	c := q.Client
	begun := c.now()
	c.turns.Leave()
	leave, err := b.enter(ctx, key)
	c.turns.Take()
	if err != nil {
		q.Recorder.hop(&attempt{target: r.URL, begun: begun, ended: c.now(), err: err})
		return nil, err
	}
	defer leave()
	return q.send(ctx, r)
}

// send sends one request; the body of "no content" is empty. Waiting for a place
// is part of the request's time.
func (q *Requests) send(ctx context.Context, r egress.Request) (*egress.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	c := q.Client
	ctx, span := tracing.Child(ctx, "ad request")
	a := &attempt{target: r.URL, begun: c.now()}
	outcome := q.exchange(ctx, r, a)
	if a.ended.IsZero() {
		a.ended = c.now()
	}
	c.metrics.observe(outcome, a.ended.Sub(a.begun))
	a.trace(span, outcome)
	q.Recorder.hop(a)
	if a.err != nil {
		return nil, a.err
	}
	return a.answer, nil
}

// trace ends the span of a request.
func (a *attempt) trace(span tracing.Span, outcome string) {
	if u, err := url.Parse(a.target); err == nil {
		span.Text("server.address", u.Hostname())
	}
	if a.answer != nil {
		span.Number("http.response.status_code", a.answer.Status)
		span.Number("http.response.body.size", len(a.answer.Body))
	}
	if outcome == "ok" {
		outcome = ""
	}
	span.End(outcome)
}

// hungUp is how long a request that was cut off keeps its place, because the host learns
// of it late and works on it meanwhile.
const hungUp = 100 * time.Millisecond

// exchange waits for a place and sends. It returns the outcome as the metric has it.
func (q *Requests) exchange(ctx context.Context, r egress.Request, a *attempt) (outcome string) {
	c := q.Client
	u, err := url.Parse(r.URL)
	if err != nil {
		a.err = fmt.Errorf("read ad request URL: %w", err)
		return string(vast.FaultReason(err))
	}
	c.turns.Leave()
	release, err := c.limiter.acquire(ctx, hostOf(u))
	if err != nil {
		c.turns.Take()
		a.err = fmt.Errorf("%w: %w", errBusy, err)
		return "busy"
	}
	// The place at the host is held until the answer has its turn: the next
	// request is sent at the pace at which answers are worked on.
	defer func() {
		if ctx.Err() != nil {
			time.AfterFunc(hungUp, release)
		} else {
			release()
		}
	}()
	defer c.turns.Take()
	c.metrics.inflight.Inc()
	defer c.metrics.inflight.Dec()
	a.sent = c.now()
	a.answer, a.err = c.fetcher.Do(ctx, r)
	a.ended = c.now() // before it waits for its turn
	switch {
	case a.err != nil:
		return string(vast.FaultReason(a.err))
	case a.answer.Status == http.StatusNoContent:
		a.answer.Body = nil
	case a.answer.Status/100 != 2:
		a.err = statusError(a.answer.Status)
		return "status"
	}
	return "ok"
}
