package spool

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what the store did not take.
type Metrics struct {
	stalled prometheus.Counter
	lost    prometheus.Counter
	bytes   prometheus.Gauge
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		stalled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_store_stalled_total", Help: "Writes that were answered before they were durable because the store stalled or failed.",
		}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_store_lost_writes_total", Help: "Writes dropped because the spool was full.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_store_spool_bytes", Help: "Size of the writes held in the spool because the store stalled or failed, in bytes.",
		}),
	}
	reg.MustRegister(m.stalled, m.lost, m.bytes)
	return m
}
