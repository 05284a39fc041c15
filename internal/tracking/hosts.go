package tracking

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"
)

// hosts keeps hosts that hang from taking the slots of all others. A host has
// half of the slots at most; one that fails rests, for longer the more often it
// fails, and is then tried by one sender before the others follow. Hosts come
// from ad responses, so those that are well and idle are forgotten, and any that
// is idle when there are maxHosts.
type hosts struct {
	limit  int
	mu     sync.Mutex
	states map[string]*hostState
}

type hostState struct {
	busy  int
	fails int
	// rests is until when it is left alone.
	rests time.Time
}

const (
	maxHosts = 10_000
	// firstRest doubles up to lastRest.
	firstRest = time.Second
	lastRest  = 30 * time.Second
	// crowded is how long a sender stays away from a host that is at its limit.
	crowded = 250 * time.Millisecond
)

// enter asks for a call to a host. leave, called with the time of the answer and
// whether there was one, ends it; where leave is nil the host is to be left
// alone until again.
func (h *hosts) enter(host string, now time.Time) (leave func(now time.Time, well bool), again time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.states[host]
	if s == nil {
		if len(h.states) >= maxHosts {
			h.forget()
		}
		s = &hostState{}
		h.states[host] = s
	}
	if now.Before(s.rests) {
		return nil, jitter(s.rests)
	}
	if s.busy >= h.limit || s.fails > 0 && s.busy > 0 {
		return nil, jitter(now.Add(crowded))
	}
	s.busy++
	return func(now time.Time, well bool) { h.leave(host, s, now, well) }, time.Time{}
}

func (h *hosts) leave(host string, s *hostState, now time.Time, well bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.busy--
	switch {
	case well:
		s.fails, s.rests = 0, time.Time{}
		if s.busy == 0 && h.states[host] == s {
			delete(h.states, host)
		}
	case !now.Before(s.rests): // those that were under way count once
		s.rests = now.Add(min(firstRest<<min(s.fails, 10), lastRest))
		s.fails++
	}
}

// forget makes room: any host that nobody calls.
func (h *hosts) forget() {
	for name, s := range h.states {
		if s.busy == 0 {
			delete(h.states, name)
			return
		}
	}
}

// jitter is a little after t, so that those who wait do not come all at once.
func jitter(t time.Time) time.Time { return t.Add(rand.N(crowded)) }

// hostOf is the host of a tracking URL before its macros are filled in.
func hostOf(u string) string {
	p, err := url.Parse(u)
	if err == nil {
		return strings.ToLower(p.Host)
	}
	// Macros may be no valid URL before they are filled in.
	_, rest, _ := strings.Cut(u, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.ToLower(rest)
}
