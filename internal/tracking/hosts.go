package tracking

import (
	"context"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// hosts give out turns to call tracking hosts, so that none that is slow or hangs
// delays another. Each has as many calls at once as it has shown to answer,
// beginning with few; one that fails rests, for longer the more often it fails,
// and is then called once before others follow. Hosts come from ad responses, so
// those that are well and idle are forgotten, and any that is idle when there
// are maxHosts.
type hosts struct {
	// most is how many calls one host may have at once, queue how many may wait
	// for a turn in memory: the others wait in the outbox.
	most, queue int
	now         func() time.Time
	mu          sync.Mutex
	states      map[string]*hostState
}

type hostState struct {
	// busy is how many calls are under way, limit how many may be.
	busy, limit int
	fails       int
	// rests is until when it is left alone.
	rests time.Time
	// queue are those who wait for a turn, first come first served; away is how
	// many found it full since it was last empty.
	queue []chan bool
	away  int
}

const (
	maxHosts = 10_000
	// firstLimit is how many calls a host of which nothing is known may have.
	firstLimit = 8
	// firstRest doubles up to lastRest.
	firstRest = time.Second
	lastRest  = 30 * time.Second
	// crowded is how long senders stay away from a host with a full queue, as
	// many of them as the queue is long: the next stay away for twice as long,
	// and so on, so that they do not all come back at once for nothing.
	crowded = 250 * time.Millisecond
)

// enter asks for a turn to call a host and, if it is patient, waits for it. leave,
// called with whether there was an answer, ends the call; where leave is nil the
// host is to be left alone until again.
func (h *hosts) enter(ctx context.Context, host string, patient bool) (leave func(well bool), again time.Time) {
	h.mu.Lock()
	s := h.state(host)
	now := h.now()
	switch {
	case now.Before(s.rests):
		again = jitter(s.rests)
	case s.busy < s.allowed() && len(s.queue) == 0:
		s.busy++
		h.mu.Unlock()
		return h.leaver(host, s), time.Time{}
	case !patient || len(s.queue) >= h.queue:
		s.away++
		again = jitter(now.Add(crowded * time.Duration(1+s.away/max(1, h.queue))))
	}
	if !again.IsZero() {
		h.mu.Unlock()
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
	defer h.mu.Unlock()
	if granted {
		return h.leaver(host, s), time.Time{}
	}
	if i := slices.Index(s.queue, turn); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	} else if ctx.Err() != nil {
		select {
		case granted = <-turn: // it came as we left
		default:
		}
		if granted {
			s.busy--
			s.grant(h.now())
		}
	}
	return nil, jitter(maxTime(s.rests, h.now()))
}

// state is what is known of a host.
func (h *hosts) state(host string) *hostState {
	s := h.states[host]
	if s == nil {
		if len(h.states) >= maxHosts {
			h.forget()
		}
		s = &hostState{limit: min(firstLimit, h.most)}
		h.states[host] = s
	}
	return s
}

// allowed is how many calls may be under way: one while nobody knows whether the
// host is well again.
func (s *hostState) allowed() int {
	if s.fails > 0 {
		return 1
	}
	return s.limit
}

// grant gives turns to those who wait, or sends them away while the host rests.
func (s *hostState) grant(now time.Time) {
	if now.Before(s.rests) {
		for _, turn := range s.queue {
			turn <- false
		}
		s.queue = nil
		return
	}
	for len(s.queue) > 0 && s.busy < s.allowed() {
		s.busy++
		s.queue[0] <- true
		s.queue = s.queue[1:]
	}
	if len(s.queue) == 0 {
		s.away = 0
	}
}

func (h *hosts) leaver(host string, s *hostState) func(well bool) {
	return func(well bool) { h.leave(host, s, well) }
}

func (h *hosts) leave(host string, s *hostState, well bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.busy--
	now := h.now()
	switch {
	case well:
		s.fails, s.rests = 0, time.Time{}
		s.limit = min(s.limit+1, h.most)
	case !now.Before(s.rests): // those that were under way count once
		s.rests = now.Add(min(firstRest<<min(s.fails, 10), lastRest))
		s.fails++
		s.limit = min(firstLimit, h.most)
	}
	s.grant(now)
	if well && s.busy == 0 && len(s.queue) == 0 && h.states[host] == s {
		delete(h.states, host)
	}
}

// forget makes room: any host that nobody calls.
func (h *hosts) forget() {
	for name, s := range h.states {
		if s.busy == 0 && len(s.queue) == 0 {
			delete(h.states, name)
			return
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
