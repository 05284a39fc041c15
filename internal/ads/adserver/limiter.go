package adserver

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// limiter bounds the requests under way to one host, so that a break in which
// every viewer needs a decision does not fall on one ad server at once (field
// failure B-51). Hosts come from wrappers and so from outside: one is kept
// only while a request waits or runs, so the map is bounded by those.
type limiter struct {
	// each is how many requests may be under way to a host by now.
	each func() int

	mu    sync.Mutex
	hosts map[string]*places
}

// places are those of one host.
type places struct {
	// taken is how many requests are under way, queue those who wait, in order.
	taken int
	queue []chan struct{}
}

// newLimiter makes a limiter of each places a host.
func newLimiter(each func() int) *limiter {
	return &limiter{each: each, hosts: make(map[string]*places)}
}

// acquire waits for a place at host, in the order of asking, until ctx ends.
func (l *limiter) acquire(ctx context.Context, host string) (release func(), err error) {
	l.mu.Lock()
	t := l.hosts[host]
	if t == nil {
		t = &places{}
		l.hosts[host] = t
	}
	place := make(chan struct{})
	t.queue = append(t.queue, place)
	l.grant(host, t)
	l.mu.Unlock()
	release = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		t.taken--
		l.grant(host, t)
	}
	select {
	case <-place:
		return release, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(t.queue, place)
	if i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
		l.grant(host, t)
	}
	l.mu.Unlock()
	if i < 0 { // it came as we left
		release()
	}
	return nil, ctx.Err()
}

// grant gives places to those who wait, and forgets a host that is not used. It is called
// with mu held.
func (l *limiter) grant(host string, t *places) {
	for len(t.queue) > 0 && t.taken < l.each() {
		close(t.queue[0])
		t.queue, t.taken = t.queue[1:], t.taken+1
	}
	if t.taken == 0 && len(t.queue) == 0 {
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
