package eventlog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
)

// Options are what a Log works with.
type Options struct {
	Log *slog.Logger
	// Account and Customer are the account's id and its label in URLs.
	Account, Customer string
	Now               func() time.Time
	// Metrics registers what the log counts.
	Metrics prometheus.Registerer
}

// Log writes the events of all sessions of a process. A nil Log writes none. It is
// safe for use by many goroutines.
type Log struct {
	opt     Options
	dropped prometheus.Counter

	mu sync.Mutex
	// lines is how many lines may be written now, at what it was counted.
	lines float64
	at    time.Time
}

const (
	// perSecond and burst bound the lines of a process: when an avail begins, each
	// sampled session of a channel has half a dozen of them at once.
	perSecond = 500
	burst     = 5000
	// MaxText bounds a text of an event, in bytes.
	MaxText = 4 << 10
)

// New makes a log.
func New(opt Options) *Log {
	l := &Log{opt: opt, lines: burst, at: opt.Now(), dropped: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "stitcher_log_events_dropped_total",
		Help: "Log events of sampled sessions that were not written because there were too many.",
	})}
	opt.Metrics.MustRegister(l.dropped)
	return l
}

// Chosen is whether a session has any events logged. Nothing needs to be gathered
// for one that has none.
func (l *Log) Chosen(p *playback.Session) bool { return l != nil && (p.Debug || p.Sampled) }

// Wants is whether an event of a session is logged. c is the session's playback
// configuration.
func (l *Log) Wants(c *config.Configuration, p *playback.Session, e Event) bool {
	if !l.Chosen(p) {
		return false
	}
	switch k := kinds[e]; {
	case k.optIn:
		return c.OptsIn(string(e))
	case p.Debug:
		return true
	default:
		return !k.debug && c.Logs(string(e))
	}
}

// Write writes an event that Wants wants. The text and the attributes hold no
// secrets.
func (l *Log) Write(p *playback.Session, e Event, text string, attrs ...slog.Attr) {
	now := l.opt.Now()
	if !l.take(now) {
		l.dropped.Inc()
		return
	}
	source := "AdDecisionServerInteractions"
	if kinds[e].manifest {
		source = "ManifestService"
	}
	format := "HLS"
	if p.Protocol == playback.DASH {
		format = "DASH"
	}
	line := append([]slog.Attr{
		slog.String("log", source), slog.String("eventType", string(e)), slog.Time("eventTimestamp", now.UTC()),
		slog.String("eventDescription", text[:min(len(text), MaxText)]), slog.String("sessionType", format),
		slog.String("awsAccountId", l.opt.Account), slog.String("customerId", l.opt.Customer),
		slog.String("originId", p.Configuration), slog.String("sessionId", p.ID),
	}, attrs...)
	l.opt.Log.LogAttrs(context.Background(), slog.LevelInfo, "session event", line...)
}

// take is whether one more line may be written.
func (l *Log) take(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if passed := now.Sub(l.at).Seconds(); passed > 0 {
		l.lines, l.at = min(burst, l.lines+passed*perSecond), now
	}
	if l.lines < 1 {
		return false
	}
	l.lines--
	return true
}
