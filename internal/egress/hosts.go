package egress

import (
	"context"
	"fmt"
	"sync"
)

// hosts bounds the requests under way to each host, so that one that hangs
// does not take what all others need. A host is forgotten when nobody asks it.
type hosts struct {
	limit int
	mu    sync.Mutex
	slots map[string]*slot
}

type slot struct {
	free  chan struct{}
	users int
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
	leave := func() {
		h.mu.Lock()
		if s.users--; s.users == 0 {
			delete(h.slots, host)
		}
		h.mu.Unlock()
	}
	select {
	case s.free <- struct{}{}:
		return func() { <-s.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, fmt.Errorf("wait for a turn at %s: %w", host, ctx.Err())
	}
}
