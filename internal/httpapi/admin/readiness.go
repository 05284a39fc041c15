package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// checkTimeout bounds a round of checks: whoever asks gives up after a second
// or a few.
const checkTimeout = 2 * time.Second

// checkInterval is how long a round counts: the viewer plane's /readyz is open
// to everyone, and each check goes to a store.
const checkInterval = time.Second

// Check is one thing without which the service can't work.
type Check struct {
	// Name is shown, such as "store".
	Name string
	// Check is nil if all is well.
	Check func(ctx context.Context) error
}

// Readiness answers /readyz: 200 while every check is well and the service is
// not going down, else 503 with the reasons.
type Readiness struct {
	checks   []Check
	now      func() time.Time
	draining atomic.Bool

	mu    sync.Mutex
	at    time.Time
	found []reason
}

// reason is why the service is not ready.
type reason struct {
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`
}

// NewReadiness makes a Readiness; now is the clock, nil is time.Now.
func NewReadiness(now func() time.Time, checks ...Check) *Readiness {
	if now == nil {
		now = time.Now
	}
	return &Readiness{checks: checks, now: now}
}

// Drain makes the service not ready, for good: it is about to stop.
func (r *Readiness) Drain() { r.draining.Store(true) }

// ServeHTTP answers with the reasons in full.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.answer(w, r.reasons(q.Context()))
}

// Public is the same for a plane that strangers reach: it names what is not
// well, and says nothing of how.
func (r *Readiness) Public() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var named []reason
		for _, x := range r.reasons(q.Context()) {
			named = append(named, reason{Name: x.Name})
		}
		r.answer(w, named)
	})
}

func (r *Readiness) answer(w http.ResponseWriter, reasons []reason) {
	status, text := http.StatusOK, "ready"
	if len(reasons) > 0 {
		status, text = http.StatusServiceUnavailable, "not ready"
	}
	body, err := json.Marshal(struct {
		Status  string   `json:"status"`
		Reasons []reason `json:"reasons,omitempty"`
	}{text, reasons})
	if err != nil {
		body = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error here is a client that left; there is nobody to tell.
	_, _ = w.Write(append(body, '\n'))
}

// reasons are why the service is not ready now.
func (r *Readiness) reasons(ctx context.Context) []reason {
	if r.draining.Load() {
		return []reason{{Name: "drain", Error: "the service is going down"}}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.at.IsZero() || now.Sub(r.at) >= checkInterval {
		r.found = r.check(ctx)
		r.at = r.now()
	}
	return r.found
}

// check runs every check at once. It does not end with the request that began
// it: others wait for the same answer.
func (r *Readiness) check(ctx context.Context) []reason {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	errs := make([]error, len(r.checks))
	var wait sync.WaitGroup
	for i, c := range r.checks {
		wait.Go(func() { errs[i] = c.Check(ctx) })
	}
	wait.Wait()
	var found []reason
	for i, err := range errs {
		if err != nil {
			found = append(found, reason{r.checks[i].Name, err.Error()})
		}
	}
	return found
}
