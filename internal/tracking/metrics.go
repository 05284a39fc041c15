package tracking

import (
	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
)

// Metrics count beacons.
type Metrics struct {
	triggers *prometheus.CounterVec
	beacons  *prometheus.CounterVec
	depth    prometheus.Gauge
	age      prometheus.Gauge
	delay    prometheus.Histogram
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		triggers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_triggers_total", Help: "Events that segment requests have triggered.",
		}, []string{"event"}),
		beacons: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_beacons_total", Help: "Calls of tracking URLs, by event and outcome.",
		}, []string{"event", "outcome"}),
		depth: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_beacon_queue_depth", Help: "Triggers with events that are not sent yet.",
		}),
		age: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_beacon_queue_age_seconds", Help: "Age of the oldest trigger that is not sent yet.",
		}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_beacon_delay_seconds", Help: "Time from an event to the delivery of its beacon.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600},
		}),
	}
	reg.MustRegister(m.triggers, m.beacons, m.depth, m.age, m.delay)
	return m
}

func (m *Metrics) triggered(e avail.Events) {
	for _, n := range e.Names() {
		m.triggers.WithLabelValues(n).Inc()
	}
}
