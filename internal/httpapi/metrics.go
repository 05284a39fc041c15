package httpapi

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// StatusClientClosed is the code under which requests are counted whose client
// went away before the answer; nothing is sent with it.
const StatusClientClosed = 499

// Metrics counts and times the requests of both planes. One Metrics serves the
// process: make it once and give it to each plane.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewMetrics registers the request metrics with reg. It panics if they are
// registered there already, as prometheus.MustRegister does.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_http_requests_total",
			Help: "HTTP requests by plane, route pattern and status; 499 means that the client closed the connection before the response.",
		}, []string{"plane", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stitcher_http_request_duration_seconds",
			Help: "Time from the request's headers to the end of the response.",
			// A warm playlist takes well under a millisecond; a first one may
			// wait for origin and ad server, up to their time limits.
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"plane", "route"}),
	}
	reg.MustRegister(m.requests, m.duration)
	return m
}

// Route returns what observes one route. The route is a pattern, never a path:
// labels are a closed set. On a nil Metrics it returns nil, which observes
// nothing.
func (m *Metrics) Route(plane, route string) *RouteMetrics {
	if m == nil {
		return nil
	}
	return &RouteMetrics{
		requests: m.requests.MustCurryWith(prometheus.Labels{"plane": plane, "route": route}),
		duration: m.duration.WithLabelValues(plane, route),
	}
}

// RouteMetrics observes the requests of one route. It is safe for concurrent
// use and allocates nothing once a status has been seen.
type RouteMetrics struct {
	requests *prometheus.CounterVec
	duration prometheus.Observer
	// counters holds the counter of each status from 100 to 599: looking one
	// up by label costs more than the rest of a warm playlist's bookkeeping.
	counters [500]atomic.Pointer[prometheus.Counter]
}

// Observe counts a request that was answered with status after d. A status
// that HTTP does not know is counted as 500.
func (r *RouteMetrics) Observe(status int, d time.Duration) {
	if r == nil {
		return
	}
	if status < 100 || status > 599 {
		status = 500
	}
	slot := &r.counters[status-100]
	counter := slot.Load()
	if counter == nil {
		made := r.requests.WithLabelValues(strconv.Itoa(status))
		counter = &made
		slot.Store(counter)
	}
	(*counter).Inc()
	r.duration.Observe(d.Seconds())
}
