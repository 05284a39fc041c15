package adserver

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count requests to ad servers.
type Metrics struct {
	requests *prometheus.HistogramVec
	inflight prometheus.Gauge
}

// NewMetrics registers the metrics; a nil registerer makes unregistered ones.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "stitcher_ads_request_duration_seconds",
			Help:    "Duration of requests to ad servers, wrappers included, by outcome: ok, status, ads_timeout, ads_error, busy.",
			Buckets: []float64{.01, .025, .05, .1, .2, .4, .8, 1.5, 3, 6},
		}, []string{"outcome"}),
		inflight: f.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_ads_inflight",
			Help: "Concurrent requests to ad servers.",
		}),
	}
}

// observe counts a request.
func (m *Metrics) observe(outcome string, took time.Duration) {
	m.requests.WithLabelValues(outcome).Observe(took.Seconds())
}
