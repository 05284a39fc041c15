package ads

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what decisions count.
type Metrics struct {
	requests *prometheus.HistogramVec
	inflight prometheus.Gauge
	hops     prometheus.Histogram
	skips    *prometheus.CounterVec
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
		hops: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "stitcher_vast_wrapper_hops",
			Help:    "Wrappers in the longest chain of an ad response.",
			Buckets: []float64{0, 1, 2, 3, 4, 5, 6, 7},
		}),
		skips: f.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_ads_skipped_total",
			Help: "Ads that an ad server offered and that were not selected, by reason.",
		}, []string{"reason"}),
	}
}

// observe counts a request.
func (m *Metrics) observe(outcome string, took time.Duration) {
	m.requests.WithLabelValues(outcome).Observe(took.Seconds())
}
