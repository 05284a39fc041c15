package ads

import (
	"context"
	"net/url"
	"strings"
	"sync"
)

// limiter bounds the requests under way to one host, so that a break in which
// every viewer needs a decision does not fall on one ad server at once (field
// failure B-51). Hosts come from wrappers and so from outside: one is kept
// only while a request waits or runs, so the map is bounded by those.
type limiter struct {
	each int

	mu    sync.Mutex
	hosts map[string]*places
}

// places are those of one host.
type places struct {
	taken chan struct{}
	users int
}

// newLimiter makes a limiter of each places a host.
func newLimiter(each int) *limiter {
	return &limiter{each: each, hosts: make(map[string]*places)}
}

// acquire waits for a place at host, in the order of asking, until ctx ends.
func (l *limiter) acquire(ctx context.Context, host string) (release func(), err error) {
	l.mu.Lock()
	t := l.hosts[host]
	if t == nil {
		t = &places{taken: make(chan struct{}, l.each)}
		l.hosts[host] = t
	}
	t.users++
	l.mu.Unlock()
	select {
	case t.taken <- struct{}{}:
		return func() { <-t.taken; l.leave(host, t) }, nil
	case <-ctx.Done():
		l.leave(host, t)
		return nil, ctx.Err()
	}
}

// leave forgets a host that nobody uses.
func (l *limiter) leave(host string, t *places) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(l.hosts, host)
	}
}

// hostOf is the name under which the requests to a URL's host are counted, the
// same for all ways to write it.
func hostOf(u *url.URL) string {
	port := u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		port = u.Scheme
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") + ":" + port
}
