package origin

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what is asked of origins.
type Metrics struct {
	duration *prometheus.HistogramVec
	stales   prometheus.Counter
	bytes    prometheus.Gauge
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stitcher_origin_request_duration_seconds",
			Help: "Duration of manifest fetches from origins, by outcome.",
		}, []string{"format", "outcome"}),
		stales: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_origin_stale_playlists_total",
			Help: "Manifests served in their last good state because the origin returned no newer one.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_origin_cache_bytes",
			Help: "Estimated bytes of the manifests in memory, with what was compiled from them.",
		}),
	}
	reg.MustRegister(m.duration, m.stales, m.bytes)
	return m
}

func (m *Metrics) observe(start, end time.Time, err error) {
	var status *StatusError
	outcome := "ok"
	switch {
	case err == nil:
	case errors.As(err, &status):
		outcome = "status"
	case errors.Is(err, context.DeadlineExceeded):
		outcome = "timeout"
	default:
		outcome = "error"
	}
	m.duration.WithLabelValues("hls", outcome).Observe(end.Sub(start).Seconds())
}

func (m *Metrics) stale() { m.stales.Inc() }
