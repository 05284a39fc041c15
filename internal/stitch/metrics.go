package stitch

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
)

// Metrics count what the service does.
type Metrics struct {
	sessions     prometheus.Gauge
	lostTriggers prometheus.Counter
	decisions    *prometheus.CounterVec
	duration     prometheus.Histogram
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_sessions_active", Help: "Sessions in memory.",
		}),
		lostTriggers: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_triggers_lost_total", Help: "Beacon triggers that the store did not take.",
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_decisions_total",
			Help: "Decisions on avails, by the reason why something stayed unfilled; \"filled\" if nothing did.",
		}, []string{"reason"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_decision_duration_seconds", Help: "Time from an avail's first sight to its decision.",
		}),
	}
	reg.MustRegister(m.sessions, m.lostTriggers, m.decisions, m.duration)
	return m
}

func (m *Metrics) decided(d avail.Decision, took time.Duration) {
	reason := string(d.Reason)
	if reason == "" {
		reason = "filled"
	}
	m.decisions.WithLabelValues(reason).Inc()
	m.duration.Observe(took.Seconds())
}
