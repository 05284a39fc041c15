package ads

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/vast"
)

// hop sends the requests of one decision: to the ad decision server and to
// every server that a wrapper names.
type hop struct {
	decider *Decider
	session *playback.Session
	timeout time.Duration
}

var _ vast.Fetcher = (*hop)(nil)

// statusError is an answer that is no VAST.
type statusError int

// Error names the status.
func (e statusError) Error() string { return fmt.Sprintf("the ad server answered %d", int(e)) }

// errBusy says that a request didn't get its turn in time.
var errBusy = errors.New("too many requests are under way to the ad server")

// Fetch sends one request and gives the body; "no content" is an empty one.
// Waiting for a turn is part of the request's time.
func (h *hop) Fetch(ctx context.Context, target string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("read ad request URL: %w", err)
	}
	begin := time.Now()
	release, err := h.decider.limiter.acquire(ctx, u.Host)
	if err != nil {
		h.decider.metrics.observe("busy", time.Since(begin))
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	defer release()
	h.decider.metrics.inflight.Inc()
	defer h.decider.metrics.inflight.Dec()
	response, err := h.decider.fetcher.Do(ctx, egress.Request{
		Method: http.MethodGet, URL: target, Header: header(&h.session.Viewer), MaxBytes: vast.MaxBytes,
	})
	outcome := "ok"
	switch {
	case err != nil:
		outcome = string(vast.FaultReason(err))
	case response.Status == http.StatusNoContent:
		response.Body = nil
	case response.Status/100 != 2:
		outcome, err = "status", statusError(response.Status)
	}
	h.decider.metrics.observe(outcome, time.Since(begin))
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// header is what the ad server gets of the viewer, and what it may answer.
func header(v *playback.Viewer) http.Header {
	h := v.Headers()
	h.Set("Accept", "application/xml, text/xml;q=0.9, */*;q=0.1")
	return h
}
