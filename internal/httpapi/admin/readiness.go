package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// checkTimeout bounds a round of checks: a load balancer gives up after a second
// or a few.
const checkTimeout = 2 * time.Second

// checkInterval is how long a round counts: the viewer plane's /readyz is open
// to everyone, and each check goes to a store.
const checkInterval = time.Second

// Check is one thing that the service needs.
type Check struct {
	// Name is shown, such as "store".
	Name string
	// Check is nil if all is well.
	Check func(ctx context.Context) error
	// Degrades marks what viewers are served without: the answer names it and
	// stays 200. A load balancer that took every node with a full disk away would
	// take the content away too.
	Degrades bool
}

// Readiness answers /readyz with what is wrong: 503 where viewers should be sent
// elsewhere, 200 with the status "degraded" where they are served all the same,
// 200 with the status "ready" where nothing is wrong.
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
	// degrades is Check.Degrades.
	degrades bool
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
			x.Error = ""
			named = append(named, x)
		}
		r.answer(w, named)
	})
}

func (r *Readiness) answer(w http.ResponseWriter, reasons []reason) {
	status, text := http.StatusOK, "ready"
	for _, x := range reasons {
		if !x.degrades {
			status, text = http.StatusServiceUnavailable, "not ready"
			break
		}
		text = "degraded"
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
	// An error here means that the client left; the answer has no other reader.
	_, _ = w.Write(append(body, '\n'))
}

// reasons are why the service is not ready now.
func (r *Readiness) reasons(ctx context.Context) []reason {
	if r.draining.Load() {
		return []reason{{Name: "drain", Error: "the service is shutting down"}}
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
			found = append(found, reason{r.checks[i].Name, err.Error(), r.checks[i].Degrades})
		}
	}
	return found
}
