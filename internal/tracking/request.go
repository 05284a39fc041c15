package tracking

import (
	"context"
	"errors"
	"net/http"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/tracing"
)

const (
	// timeout bounds one call (MediaTailor's, reference §6.1).
	timeout = 3 * time.Second
	// maxBody is what is read of an answer that nobody looks at.
	maxBody = 64 << 10
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

// request calls a URL as the viewer's device would (VAST 4.3 §1.1.3).
func (t *Tracker) request(ctx context.Context, target string, s *playback.Session) (out outcome) {
	ctx, span := tracing.Child(ctx, "beacon attempt")
	span.Text("server.address", hostOf(target))
	defer func() { span.End(out.failure()) }()
	select {
	case t.calls <- struct{}{}:
		defer func() { <-t.calls }()
	case <-ctx.Done():
		return retried
	}
	a, err := t.opt.Fetcher.Do(ctx, egress.Request{
		URL: target, Header: s.ViewerHeaders(), MaxBytes: maxBody, Timeout: timeout,
	})
	if err == nil {
		return judge(a.Status)
	}
	// The status counts where there was one: whoever calls again because a
	// pixel was cut short counts the view twice (field failure B-53).
	if body, ok := errors.AsType[*egress.BodyError](err); ok {
		return judge(body.Status)
	}
	if errors.Is(err, egress.ErrBlocked) || errors.Is(err, egress.ErrURL) {
		return rejected
	}
	return retried
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
