package tracking

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/tracing"
)

const (
	// timeout bounds one call (MediaTailor's, reference §6.1).
	timeout = 3 * time.Second
	// maxBody is what is read of an answer that is not used.
	maxBody = 64 << 10
	// mostRest is for how long a host is left alone that asks for it.
	mostRest = 2 * giveUp
)

// outcome is what came of a call; it is a metric label.
type outcome string

const (
	delivered outcome = "delivered"
	rejected  outcome = "rejected"
	retried   outcome = "retried"
	gaveUp    outcome = "gave_up"
	dropped   outcome = "dropped"
)

// failure is what went wrong, "" if nothing did.
func (o outcome) failure() string {
	if o == delivered {
		return ""
	}
	return string(o)
}

// verdict is what an outcome says of the host.
func (o outcome) verdict() verdict {
	if o == retried {
		return failed
	}
	return well
}

// result is what a call came to.
type result struct {
	outcome
	// status is that of the answer; 0 without one, because of err.
	status int
	err    error
	// after is how long the host wants to be left alone (Retry-After); 0 is not said.
	after time.Duration
}

// request calls a URL as the viewer's device would (VAST 4.3 §1.1.3).
func (t *Tracker) request(ctx context.Context, target string, s *playback.Session) (out result) {
	ctx, span := tracing.Child(ctx, "beacon attempt")
	span.Text("server.address", hostOf(target))
	defer func() { span.End(out.failure()) }()
	select {
	case t.calls <- struct{}{}:
		defer func() { <-t.calls }()
	case <-ctx.Done():
		return result{outcome: retried, err: ctx.Err()}
	}
	a, err := t.opt.Fetcher.Do(ctx, egress.Request{
		URL: target, Header: s.ViewerHeaders(), MaxBytes: maxBody, Timeout: timeout,
	})
	if err == nil {
		r := result{outcome: judge(a.Status), status: a.Status}
		if r.outcome == retried {
			r.after = retryAfter(a.Header, t.opt.Now())
		}
		return r
	}
	// The status counts where there was one: a second call because a
	// pixel was cut short would count the view twice (field failure B-53).
	if body, ok := errors.AsType[*egress.BodyError](err); ok {
		return result{outcome: judge(body.Status), status: body.Status}
	}
	if errors.Is(err, egress.ErrBlocked) || errors.Is(err, egress.ErrURL) {
		return result{outcome: rejected, err: err}
	}
	return result{outcome: retried, err: err}
}

// retryAfter reads Retry-After (RFC 9110 §10.2.3): seconds or a date. It is
// mostRest at most, because one answer must not silence a host for days.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, mostRest)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), mostRest)
	}
	return 0
}

// judge says what a status makes of a call.
func judge(status int) outcome {
	switch {
	case status < 400:
		return delivered
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return retried
	}
	return rejected
}
