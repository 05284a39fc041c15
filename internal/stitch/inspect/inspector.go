package inspect

import (
	"context"
	"log/slog"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options are what an Inspector works with.
type Options struct {
	// Every is how many sessions there are to one that is inspected; 0 is 100.
	Every uint64
	Log   *slog.Logger
	Now   func() time.Time
	// Metrics registers what the inspector counts.
	Metrics prometheus.Registerer
}

// Inspector checks the manifests that it is offered. A nil Inspector checks none. It is
// safe for use by many goroutines.
type Inspector struct {
	opt        Options
	queue      chan Manifest
	violations *prometheus.CounterVec
	checked    *prometheus.CounterVec

	// What follows is the worker's.
	tracks map[trackKey]*track
	// bytes is how much may be read now, at when it was counted.
	bytes float64
	at    time.Time
	told  map[[2]string]time.Time
}

const (
	// maxWaiting bounds the manifests that wait, maxTracks the playlists that are
	// followed, and maxText the length of a manifest.
	maxWaiting = 64
	maxTracks  = 256
	maxText    = 256 << 10
	// bytesPerSecond bounds the work: reading takes a second for some 30 MB, so this is
	// a few percent of one core at most.
	bytesPerSecond = 1 << 20
	// forget is how long after its last manifest a playlist is not followed any more.
	forget = 5 * time.Minute
	// blame is how long a rule that the origin broke is the origin's: what it published
	// reaches a session's manifest later, when an avail is over.
	blame = 2 * time.Minute
	// quiet is how long the same rule is not logged again.
	quiet = 10 * time.Second
)

// Manifest is one answer.
type Manifest struct {
	Format  *Format
	Session string
	// Rendition is the number of the media playlist; an MPD has all of them.
	Rendition int
	// At is when the answer was planned. Answers of a session are planned one after the
	// other.
	At time.Time
	// Text is what the player got, Origin what the origin published.
	Text, Origin []byte
}

// New makes an inspector; Run has it work.
func New(opt Options) *Inspector {
	if opt.Every == 0 {
		opt.Every = 100
	}
	i := &Inspector{
		opt: opt, queue: make(chan Manifest, maxWaiting), tracks: map[trackKey]*track{},
		bytes: bytesPerSecond, at: opt.Now(), told: map[[2]string]time.Time{},
		violations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_manifest_rule_violations_total",
			Help: "Rules that inspected manifests break, by rule and by who breaks it: origin or ours.",
		}, []string{"rule", "by"}),
		checked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stitcher_manifest_inspections_total",
			Help: "Manifests of sampled sessions, by whether they were inspected.",
		}, []string{"outcome"}),
	}
	opt.Metrics.MustRegister(i.violations, i.checked)
	for _, outcome := range []string{inspected, skipped} {
		i.checked.WithLabelValues(outcome)
	}
	return i
}

// The outcomes of inspections.
const (
	inspected = "inspected"
	skipped   = "skipped"
)

// Chosen is whether a session is in the sample, by its number.
func (i *Inspector) Chosen(number uint64) bool { return i != nil && number%i.opt.Every == 0 }

// Offer hands a manifest over; it never waits. The texts must not change afterwards.
func (i *Inspector) Offer(m Manifest) {
	if len(m.Text) <= maxText && len(m.Origin) <= maxText {
		select {
		case i.queue <- m:
			return
		default:
		}
	}
	i.checked.WithLabelValues(skipped).Inc()
}

// Run inspects until ctx ends.
func (i *Inspector) Run(ctx context.Context) {
	for {
		select {
		case m := <-i.queue:
			i.inspect(&m)
		case <-ctx.Done():
			return
		}
	}
}

// inspect checks one manifest.
func (i *Inspector) inspect(m *Manifest) {
	t := i.track(m)
	if t == nil || !i.afford(m.Format.cost*(len(m.Text)+len(m.Origin))) {
		i.checked.WithLabelValues(skipped).Inc()
		return
	}
	i.checked.WithLabelValues(inspected).Inc()
	for _, f := range t.origin.next(m, m.Origin, false) {
		i.report(m, "origin", f)
		t.blamed[f.rule] = m.At
	}
	for rule, at := range t.blamed {
		if m.At.Sub(at) > blame {
			delete(t.blamed, rule)
		}
	}
	for _, f := range t.ours.next(m, m.Text, true) {
		if _, theirs := t.blamed[f.rule]; !theirs {
			i.report(m, "ours", f)
		}
	}
}

// afford is whether so many more bytes may be read.
func (i *Inspector) afford(n int) bool {
	now := i.opt.Now()
	if passed := now.Sub(i.at).Seconds(); passed > 0 {
		i.bytes, i.at = min(bytesPerSecond, i.bytes+passed*bytesPerSecond), now
	}
	if i.bytes < float64(n) {
		return false
	}
	i.bytes -= float64(n)
	return true
}

// secrets are the queries and the user names of the URLs in a detail.
var secrets = regexp.MustCompile(`(\?)[^\s"]+|(//)[^/\s"]*@`)

// report counts a violation and logs it, each rule every few seconds.
func (i *Inspector) report(m *Manifest, by string, f finding) {
	i.violations.WithLabelValues(f.rule, by).Inc()
	key := [2]string{f.rule, by}
	if last, ok := i.told[key]; ok && m.At.Sub(last) < quiet {
		return
	}
	i.told[key] = m.At // there are as many as there are rules
	i.opt.Log.Warn("a manifest breaks a rule", "session", m.Session, "rendition", m.Rendition,
		"by", by, "rule", f.rule, "section", f.section, "detail", secrets.ReplaceAllString(f.detail, "$1$2…"))
}
