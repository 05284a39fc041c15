package sqlite

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what the store does.
type Metrics struct {
	commits prometheus.Histogram
	writes  prometheus.Counter
	bytes   prometheus.Gauge
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_store_commit_seconds", Help: "Duration of the transactions of the embedded store.",
			Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5},
		}),
		writes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_store_writes_total", Help: "Writes that the embedded store has made durable.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_store_bytes", Help: "Bytes of the embedded store that are in use, without the write-ahead log.",
		}),
	}
	reg.MustRegister(m.commits, m.writes, m.bytes)
	return m
}
