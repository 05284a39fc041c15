package server

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what is asked of the servers.
type Metrics struct {
	commands *prometheus.CounterVec
	seconds  prometheus.Histogram
	down     prometheus.Gauge
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_redis_round_trips_total", Help: "Round trips to Redis by result: ok, failed, or refused because the server is known to be away. A pipeline is one.",
		}, []string{"result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_redis_round_trip_seconds", Help: "Duration of round trips to Redis, in seconds.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
		}),
		down: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_redis_servers_down", Help: "Redis servers that do not answer: calls to them are refused at once and retried a few times per second.",
		}),
	}
	for _, result := range []string{"ok", "failed", "refused"} {
		m.commands.WithLabelValues(result)
	}
	reg.MustRegister(m.commands, m.seconds, m.down)
	return m
}
