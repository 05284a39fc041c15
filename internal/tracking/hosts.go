package tracking

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// hosts give out turns to call tracking hosts, so that none that is slow or hangs
// delays another. Each has a few calls at once to itself, and as many more as it
// has shown to answer and as there are to share; with each call that fails it has half as
// many. One of which several fail in a row rests, for longer the more often it fails, and is
// then called once before others follow. Hosts
// come from ad responses: when there are maxHosts, any that is idle is forgotten.
type hosts struct {
	// first and most are how many calls a host has at once to begin with and at
	// best, queue how many may wait for a turn in memory: the others wait in the
	// outbox.
	first, most, queue int
	now                func() time.Time
	// nodes is how many nodes share what a host has at best, this one included.
	nodes func() int

	mu sync.Mutex
	// shared is how many calls are left for hosts that have first already.
	shared int
	states map[string]*host
	// crowd is when the last comes back that a well host had no room for.
	crowd time.Time
}

const (
	maxHosts = 10_000
	// firstLimit is how many calls a host of which nothing is known may have.
	firstLimit = 8
	// waits is how long a turn may be waited for, queuePerCall how many wait for
	// each call that a host may have while it is not known how fast it is.
	queuePerCall = 8
	waits        = 250 * time.Millisecond
	// tolerated is how many calls fail, one after the other, before a host is left alone.
	tolerated = 3
	// firstRest doubles up to lastRest.
	firstRest = time.Second
	lastRest  = 30 * time.Second
	// crowded is how long those stay away at least that a host has no room for.
	crowded = 250 * time.Millisecond
	// supposed is how long a host takes to answer of which nothing is known:
	// little, since it soon will be. One that fails is supposed to take failing,
	// so that what waits for it costs the outbox little.
	supposed = 5 * time.Millisecond
	failing  = 100 * time.Millisecond
)

// newHosts shares out calls, of which half are each host's own.
func newHosts(calls int, now func() time.Time, nodes func() int) *hosts {
	most := max(1, calls/4)
	return &hosts{
		first: min(firstLimit, most), most: most, queue: ahead * most, now: now, nodes: nodes,
		shared: calls / 2, states: map[string]*host{},
	}
}

// share is how many calls of this node a host has at best: its part of what all nodes may
// have, and one at least.
func (h *hosts) share() int { return max(1, h.most/max(1, h.nodes())) }

// enter asks for a turn to call a host and, if it is patient, waits for it. leave,
// called with what the call has shown, ends it; where leave is nil the host is to
// be left alone until again.
func (h *hosts) enter(ctx context.Context, name string, patient bool) (leave func(verdict), again time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state(name)
	now := h.now()
	switch {
	case now.Before(s.rests):
		return nil, s.book(now, h.share())
	case len(s.queue) == 0 && h.take(s):
		return h.leaver(s, now), time.Time{}
	case !patient || len(s.queue) >= s.room(h.queue, h.share()):
		again = s.book(now, h.share())
		if s.fails == 0 && patient && h.crowd.Before(again) {
			h.crowd = again
		}
		return nil, again
	}
	turn := make(chan bool, 1)
	s.queue = append(s.queue, turn)
	h.mu.Unlock()
	granted := false
	select {
	case granted = <-turn:
	case <-ctx.Done():
	}
	h.mu.Lock()
	now = h.now()
	if ctx.Err() != nil {
		if !granted && !s.withdraw(turn) {
			select {
			case granted = <-turn: // it came as we left
			default:
			}
		}
		if granted {
			h.release(s)
			h.grant(s)
		}
		return nil, now
	}
	if granted {
		return h.leaver(s, now), time.Time{}
	}
	return nil, s.book(now, h.share())
}

// rest has a host left alone for a while, as it asks for.
func (h *hosts) rest(name string, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state(name)
	if until := h.now().Add(d); s.rests.Before(until) {
		s.rests = until
	}
}

// failing is whether a host has failed since it last did well.
func (h *hosts) failing(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state(name).fails > 0
}

// crowds is whether some will come back soon that a well host had no room for.
func (h *hosts) crowds() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now().Before(h.crowd)
}

// state is what is known of a host.
func (h *hosts) state(name string) *host {
	s := h.states[name]
	if s == nil {
		if len(h.states) >= maxHosts {
			h.forget()
		}
		s = &host{limit: h.first}
		h.states[name] = s
	}
	return s
}

// take takes a turn if there is one. Of the shared calls a host may have as many
// as it leaves: however many hosts are slow at once, there are some left for the
// next.
func (h *hosts) take(s *host) bool {
	if s.busy >= min(s.allowed(), h.share()) {
		return false
	}
	if over := s.busy - h.first; over >= 0 {
		if over >= h.shared {
			return false
		}
		h.shared--
	}
	if s.busy == 0 {
		s.asked = h.now()
	}
	s.busy++
	return true
}

// release gives a turn back.
func (h *hosts) release(s *host) {
	if s.busy--; s.busy >= h.first {
		h.shared++
	}
}

// grant gives turns to those who wait, or sends them away while the host fails.
func (h *hosts) grant(s *host) {
	if s.fails > 0 {
		s.dismiss()
	}
	for len(s.queue) > 0 && h.take(s) {
		s.queue[0] <- true
		s.queue = s.queue[1:]
	}
}

// leaver ends a call that began at a time.
func (h *hosts) leaver(s *host, begun time.Time) func(verdict) {
	return func(v verdict) {
		h.mu.Lock()
		defer h.mu.Unlock()
		now := h.now()
		h.release(s)
		s.judge(v, now.Sub(begun), now, h.first, h.share())
		h.grant(s)
	}
}

// forget makes room: it drops any host that is not called.
func (h *hosts) forget() {
	for name, s := range h.states {
		if s.busy == 0 && len(s.queue) == 0 {
			delete(h.states, name)
			return
		}
	}
}

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
