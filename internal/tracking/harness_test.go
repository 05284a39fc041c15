package tracking_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/faultrt"
	"stitcher/internal/playback"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/tracking"
)

// world is a tracker over a real store and hosts that note who calls.
type world struct {
	t       *testing.T
	dir     string
	store   *sqlite.Store
	tracker *tracking.Tracker
	reg     *prometheus.Registry
	rules   []faultrt.Rule
	stop    context.CancelFunc
	ended   chan struct{}

	// ad makes the ad of a session; nil is one with an impression.
	ad func(session string) (*avail.Ad, error)
	// nodes is how many nodes there are; 0 counts as one.
	nodes   atomic.Int64
	workers int
	// outbox is put before the store; nil is the store itself.
	outbox func(store.Outbox) store.Outbox

	mu     sync.Mutex
	calls  []string
	lines  []tracking.Call
	header http.Header
}

func newWorld(t *testing.T, rules ...faultrt.Rule) *world {
	w := &world{t: t, dir: t.TempDir(), rules: rules}
	w.ad = func(s string) (*avail.Ad, error) {
		return &avail.Ad{Tracking: map[string][]string{"impression": {"http://" + s + ".example/i"}}}, nil
	}
	return w
}

// start starts a process over what the last one has left.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.store, err = sqlite.Open(w.dir, sqlite.Options{}); err != nil {
		w.t.Fatal(err)
	}
	w.reg = prometheus.NewRegistry()
	outbox := store.Outbox(w.store)
	if w.outbox != nil {
		outbox = w.outbox(outbox)
	}
	w.tracker = tracking.New(tracking.Options{
		Outbox: outbox, Source: w, Macros: w, Journal: w, Metrics: tracking.NewMetrics(w.reg), Now: time.Now, Workers: w.workers, Nodes: func() int { return int(w.nodes.Load()) },
		Fetcher: egress.New(egress.Options{Transport: faultrt.New(w, w.rules...)}),
		Log:     slog.New(slog.DiscardHandler),
	})
}

func (w *world) run() {
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.Background())
	w.ended = make(chan struct{})
	go func() {
		defer close(w.ended)
		w.tracker.Run(ctx)
	}()
}

// end ends the process.
func (w *world) end() {
	w.t.Helper()
	if w.stop != nil {
		w.stop()
		<-w.ended
		w.stop = nil
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) fire(session string, e avail.Events) {
	w.t.Helper()
	x := avail.Trigger{Session: session, Avail: avail.Key{Sequence: 1}, Events: e, At: time.Now().UnixMicro()}
	if err := w.tracker.Fire(context.Background(), x); err != nil {
		w.t.Error(err)
	}
}

// Ad implements tracking.Source.
func (w *world) Ad(_ context.Context, session string, _ avail.Key, _ int) (*avail.Ad, *playback.Session, error) {
	ad, err := w.ad(session)
	return ad, &playback.Session{ID: session, Viewer: playback.Viewer{IP: "192.0.2.7", UserAgent: "Player/1", Referer: "https://site.example/", AcceptLanguage: "de"},
		Headers: map[string]string{"User-Agent": "TV/2", "X-Device-Make": "m"}}, err
}

// Tracking implements tracking.Macros.
func (w *world) Tracking(url, event string, _ *avail.Ad, _ *playback.Session, _ int64) string {
	return strings.ReplaceAll(url, "[EVENT]", neturl.PathEscape(event))
}

// Error implements tracking.Macros.
func (w *world) Error(url string, e *avail.AdError, _ *playback.Session) string {
	return fmt.Sprint(url, e.Code)
}

// Keep implements tracking.Journal.
func (w *world) Keep(_ *playback.Session, _ avail.Key, _ int, calls []tracking.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, calls...)
}

// RoundTrip implements http.RoundTripper: every host is well.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, r.URL.String())
	w.header = r.Header.Clone()
	return faultrt.Status(204)(r, nil)
}

func (w *world) called() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.calls...)
}

// count is how often each URL was called.
func (w *world) count() map[string]int {
	n := map[string]int{}
	for _, u := range w.called() {
		n[u]++
	}
	return n
}

// until waits for a condition; in a bubble the time is not real.
func (w *world) until(what string, d time.Duration, f func() bool) {
	w.t.Helper()
	for begun := time.Now(); !f(); time.Sleep(max(50*time.Millisecond, d/1000)) {
		if time.Since(begun) > d {
			w.t.Fatalf("after %s: not %s; called %v", d, what, w.called())
		}
	}
}

func (w *world) backlog() int {
	n, _, err := w.store.Backlog(context.Background())
	if err != nil {
		w.t.Error(err)
	}
	return n
}

// beacons is the value of stitcher_beacons_total.
func (w *world) beacons(event, outcome string) float64 {
	families, err := w.reg.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if l := m.GetLabel(); f.GetName() == "stitcher_beacons_total" && l[0].GetValue() == event && l[1].GetValue() == outcome {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

var errGone = errors.New("no such session")
