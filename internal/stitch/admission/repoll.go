package admission

import (
	"sync"
	"time"
)

// Repolls finds the session of a player that asks for the first URL of an MPD again and
// again, although it was redirected and the MPD names another Location (field failure
// B-46). Such a player is known by its connection and the URL. Its address would not do,
// because thousands of viewers share one. Two players of one page may share a connection,
// so a session is found only while every request for it came from a redirect: a player
// that knows the session's URL asks for that more often than it is redirected to it.
type Repolls struct {
	mu sync.Mutex
	m  map[string]*repoll
}

// repoll is a session that was begun by the first URL.
type repoll struct {
	session string
	// redirects are the redirects to the session's URL, polls the requests for that.
	redirects, polls int
	last             time.Time
}

const (
	// maxRepolls bounds the sessions that are kept in mind.
	maxRepolls = 10_000
	// repollFor is how long after its last request a player is known.
	repollFor = time.Minute
)

// Find is the session of a player that began it by the same request; "" where there is
// none.
func (r *Repolls) Find(key string, now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.m[key] // there is none under ""
	if x == nil || now.Sub(x.last) > repollFor || x.polls > x.redirects {
		return ""
	}
	x.redirects++
	x.last = now
	return x.session
}

// Began notes a session that a request began.
func (r *Repolls) Began(key, session string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]*repoll{}
	}
	if len(r.m) >= maxRepolls {
		for k, x := range r.m {
			if now.Sub(x.last) > repollFor || len(r.m) >= maxRepolls {
				delete(r.m, k)
			}
		}
	}
	r.m[key] = &repoll{session: session, redirects: 1, last: now}
}

// Polled notes a request for a session's own URL.
func (r *Repolls) Polled(key, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.m[key]
	if x == nil || x.session != session {
		return
	}
	if x.polls++; x.polls > x.redirects {
		delete(r.m, key) // the player knows its URL
	}
}
