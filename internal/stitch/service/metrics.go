package service

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
)

// Metrics count what the service does.
type Metrics struct {
	sessions     prometheus.Gauge
	evicted      prometheus.Counter
	refused      *prometheus.CounterVec
	unstored     prometheus.Counter
	streams      prometheus.Gauge
	playlists    prometheus.Gauge
	lostTriggers prometheus.Counter
	decisions    *prometheus.CounterVec
	duration     prometheus.Histogram

	availSeconds, filled, slate *prometheus.CounterVec
	unfilled                    *prometheus.CounterVec
	drift                       *prometheus.GaugeVec
	missed                      *prometheus.CounterVec
	prefetches                  *prometheus.CounterVec
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_sessions_active", Help: "Sessions in memory.",
		}),
		evicted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_sessions_evicted_total", Help: "Sessions that left memory for others before their time; the store keeps them.",
		}),
		unstored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_sessions_unstored_total", Help: "Sessions that are content without ads because the store had no room for them.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_streams", Help: "Streams in memory, counted every five minutes.",
		}),
		playlists: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_stream_playlists", Help: "Playlists that streams in memory keep, counted every five minutes.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_sessions_refused_total",
			Help: "Sessions that were not started: too many from one address, too many of one playback configuration, or all places in memory in use (full).",
		}, []string{"cause"}),
		lostTriggers: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_triggers_lost_total", Help: "Beacon triggers lost because the store did not accept them.",
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_decisions_total",
			Help: "Decisions of avails, by the reason of the unfilled part; \"filled\" if there is none.",
		}, []string{"reason"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_decision_duration_seconds", Help: "Time to make a decision, ad requests included.",
		}),
	}
	channel := []string{"channel"}
	m.availSeconds = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_avail_seconds_total",
		Help: "Seconds of avails that are over, summed over sessions, by playback configuration.",
	}, channel)
	m.filled = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_avail_filled_seconds_total", Help: "Seconds of avails that carried ads.",
	}, channel)
	m.unfilled = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_avail_unfilled_seconds_total",
		Help: "Seconds of avails that carried no ad, slate included, by reason. Filled plus unfilled seconds equal the seconds of the avails plus the change of drift.",
	}, []string{"channel", "reason"})
	m.slate = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_avail_slate_seconds_total", Help: "Seconds of avails that carried slate; they are part of the unfilled seconds.",
	}, channel)
	m.drift = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "stitcher_avail_drift_change_seconds",
		Help: "Seconds by which avails made the output of sessions longer than the origin's.",
	}, channel)
	m.missed = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_ads_missed_total", Help: "Ads of a pod that were cut short or not shown, by reason.",
	}, []string{"reason"})
	m.prefetches = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stitcher_prefetches_total", Help: "Prefetches by outcome: retrieved, empty or failed; after that used or expired.",
	}, []string{"outcome"})
	reg.MustRegister(m.prefetches, m.availSeconds, m.filled, m.unfilled, m.slate, m.drift, m.missed)
	reg.MustRegister(m.sessions, m.evicted, m.refused, m.unstored, m.streams, m.playlists, m.lostTriggers, m.decisions, m.duration)
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

// booked counts the account of an avail of a playback configuration.
func (m *Metrics) booked(channel string, a avail.Account) {
	const second = 1e6
	m.availSeconds.WithLabelValues(channel).Add(float64(a.Duration) / second)
	m.filled.WithLabelValues(channel).Add(float64(a.Filled) / second)
	m.slate.WithLabelValues(channel).Add(float64(a.Slate) / second)
	m.drift.WithLabelValues(channel).Add(float64(a.Change) / second)
	for _, s := range a.Unfilled {
		m.unfilled.WithLabelValues(channel, string(s.Reason)).Add(float64(s.Duration) / second)
	}
	if n := a.Cut + a.Dropped; n > 0 && a.Cause != "" {
		m.missed.WithLabelValues(string(a.Cause)).Add(float64(n))
	}
}
