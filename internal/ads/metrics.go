package ads

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"stitcher/internal/ads/adserver"
)

// Metrics are what decisions count.
type Metrics struct {
	requests *adserver.Metrics
	hops     prometheus.Histogram
	skips    *prometheus.CounterVec
}

// NewMetrics registers the metrics; a nil registerer makes unregistered ones.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		requests: adserver.NewMetrics(reg),
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
