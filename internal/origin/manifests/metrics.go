package manifests

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
			Help: "Duration of manifest fetches from origins, by format and outcome.",
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

func (m *Metrics) observe(format string, start, end time.Time, err error) {
	m.duration.WithLabelValues(format, outcomeOf(err)).Observe(end.Sub(start).Seconds())
}

// outcomeOf is what came of a fetch; the set is closed.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, new(*StatusError)):
		return "status"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "error"
}

func (m *Metrics) stale() { m.stales.Inc() }
