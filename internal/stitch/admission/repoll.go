package admission

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Repolls finds the session of a player that asks for the first URL of an MPD again and
// again, although it was redirected and the MPD names another Location (field failure
// B-46). Such a player is known by its connection and the whole URL. Its address would not do,
// because thousands of viewers share one. Two players of one page may share a connection,
// so a session is found only while every request for it came from a redirect: a player
// that knows the session's URL asks for that more often than it is redirected to it.
type Repolls struct {
	mu sync.Mutex
	// requests are the sessions by the hash of the request that began them, because a
	// URL may be long.
	requests map[hash]*repoll
	// sessions are the same by their ids.
	sessions map[string]*repoll
}

type hash [sha256.Size]byte

// repoll is a session that was begun by the first URL.
type repoll struct {
	request hash
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

// Find is the session of a player that began it by the same request; "" if there is none.
func (r *Repolls) Find(request string, now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.requests[sha256.Sum256([]byte(request))]
	if x == nil || now.Sub(x.last) > repollFor {
		return ""
	}
	x.redirects++
	x.last = now
	return x.session
}

// Began notes a session that a request began.
func (r *Repolls) Began(request, session string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requests == nil {
		r.requests, r.sessions = map[hash]*repoll{}, map[string]*repoll{}
	}
	if len(r.requests) >= maxRepolls {
		for _, x := range r.requests { // any, because looking for the oldest costs time
			r.forget(x)
			break
		}
	}
	x := &repoll{request: sha256.Sum256([]byte(request)), session: session, redirects: 1, last: now}
	if old := r.requests[x.request]; old != nil {
		r.forget(old)
	}
	r.requests[x.request], r.sessions[session] = x, x
}

// Polled notes a request for a session's own URL.
func (r *Repolls) Polled(session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.sessions[session]
	if x == nil {
		return
	}
	if x.polls++; x.polls > x.redirects {
		r.forget(x) // the player knows its URL
	}
}

func (r *Repolls) forget(x *repoll) {
	delete(r.requests, x.request)
	delete(r.sessions, x.session)
}
