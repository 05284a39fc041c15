package transcodecache

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/transcodecache/jobs"
)

// Metrics are what the cache counts. All labels but the
// configuration are closed sets; operators name the configurations.
type Metrics struct {
	jobs     *prometheus.GaugeVec
	finished *prometheus.CounterVec
	duration prometheus.Histogram
	wait     *prometheus.SummaryVec
	oldest   prometheus.Gauge
	bytes    prometheus.Gauge
	hits     prometheus.Counter
	misses   *prometheus.CounterVec
	evicted  prometheus.Counter
}

// NewMetrics registers the cache's metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		jobs: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "stitcher_transcode_jobs", Help: "Transcode jobs by state: queued (of all nodes) or running (on this node).",
		}, []string{"state"}),
		finished: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_transcode_jobs_finished_total", Help: "Transcode jobs that ended, by outcome: ready, failed, unfetchable, interrupted, or dropped from a full queue.",
		}, []string{"outcome"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stitcher_transcode_duration_seconds", Help: "Duration of transcode jobs, fetching included.",
			Buckets: []float64{0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280},
		}),
		wait: prometheus.NewSummaryVec(prometheus.SummaryOpts{
			Name: "stitcher_transcode_wait_seconds", Help: "Time that jobs waited, by playback configuration and stage: fetch is the wait for a download slot, encode for an ffmpeg slot.",
		}, []string{"configuration", "stage"}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_transcode_queue_age_seconds", Help: "Time since the oldest waiting job was queued; 0 without one.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stitcher_transcodecache_bytes", Help: "Bytes of prepared creatives in the store of the renditions.",
		}),
		hits: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_transcodecache_hits_total", Help: "Lookups of a creative that was ready.",
		}),
		misses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_transcodecache_misses_total", Help: "Lookups of a creative that was not ready, by reason.",
		}, []string{"reason"}),
		evicted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_transcodecache_evicted_total", Help: "Prepared creatives removed to stay below the disk limit.",
		}),
	}
	reg.MustRegister(m.jobs, m.finished, m.duration, m.wait, m.oldest, m.bytes, m.hits, m.misses, m.evicted)
	return m
}

// The stages of jobs.
const (
	stageFetch  = "fetch"
	stageEncode = "encode"
)

// ofJobs are those of the jobs of this node.
func (m *Metrics) ofJobs() jobs.Metrics {
	return jobs.Metrics{Jobs: m.jobs, Finished: m.finished, Duration: m.duration, Waited: m.waited(stageFetch), Oldest: m.oldest}
}

// waited observes how long jobs wait at a stage.
func (m *Metrics) waited(stage string) func(configuration string, d time.Duration) {
	return func(configuration string, d time.Duration) {
		m.wait.WithLabelValues(configuration, stage).Observe(d.Seconds())
	}
}
