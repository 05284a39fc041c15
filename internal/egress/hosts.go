package egress

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// hosts bounds the requests under way to each host, redirects included, so that
// one that hangs does not take what all others need. A host is forgotten when
// it is not asked, so that names from ad responses do not add up.
type hosts struct {
	next  http.RoundTripper
	limit int
	mu    sync.Mutex
	slots map[string]*slot
}

type slot struct {
	free  chan struct{}
	users int
}

// RoundTrip implements http.RoundTripper: a turn lasts until the body is
// closed.
func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	leave, err := h.enter(r.Context(), hostKey(r))
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	answer, err := h.next.RoundTrip(r)
	if err != nil {
		leave()
		return nil, err
	}
	if answer.Request == nil {
		answer.Request = r
	}
	if err := checkLocation(r, answer); err != nil {
		_ = answer.Body.Close()
		leave()
		return nil, err
	}
	answer.Body = &turn{ReadCloser: answer.Body, leave: sync.OnceFunc(leave)}
	return answer, nil
}

// checkLocation refuses a redirect to what is no URL. net/http does too, but its
// error cannot be told from the network's, after which one would ask again.
func checkLocation(r *http.Request, answer *http.Response) error {
	to := answer.Header.Get("Location")
	if answer.StatusCode/100 != 3 || to == "" {
		return nil
	}
	if _, err := r.URL.Parse(to); err != nil {
		return fmt.Errorf("%w: it redirects to no URL: %w", ErrURL, redacted(err))
	}
	return nil
}

// enter waits for a turn; the function it returns ends it.
func (h *hosts) enter(ctx context.Context, host string) (func(), error) {
	h.mu.Lock()
	s := h.slots[host]
	if s == nil {
		s = &slot{free: make(chan struct{}, h.limit)}
		h.slots[host] = s
	}
	s.users++
	h.mu.Unlock()
	forget := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(h.slots, host)
		}
	}
	select {
	case s.free <- struct{}{}:
		return func() { <-s.free; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, fmt.Errorf("wait for a turn at %s: %w", host, ctx.Err())
	}
}

// turn is a body that ends its request's turn when it is closed.
type turn struct {
	io.ReadCloser
	leave func()
}

// Close implements io.Closer.
func (t *turn) Close() error {
	defer t.leave()
	return t.ReadCloser.Close()
}
