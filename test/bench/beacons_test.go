package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/records"
	"stitcher/internal/tracking"
	"stitcher/internal/vast/macro"
)

// BenchmarkBeacons has viewers ask for playlists over HTTP, from a process of their own and
// at a steady pace, while triggers come in that mean two and a half times as many beacon
// URLs, at ten hosts that are well, a slow one and a dead one. "p50-ratio" and "p99-ratio"
// are the times that playlists take, from when they were due, in those of the same time
// without triggers; the two take turns. "beacons/s" is how many URLs the hosts that are well
// have answered.
func BenchmarkBeacons(b *testing.B) {
	for _, playlists := range []int{500, 2000} {
		b.Run(fmt.Sprint(playlists), func(b *testing.B) {
			m := newMail(b, playlists)
			for range b.N {
				for range 3 {
					m.round(b, 5*time.Second)
				}
			}
			m.report(b)
		})
	}
}

// mail is a world whose beacons are measured.
type mail struct {
	*world
	player, hosts *child
	tracker       *tracking.Tracker
	paths         []string
	// rate is how many triggers come in each second; each has beaconURLs.
	rate  int
	fired atomic.Int64
	// without and with are the times of playlists.
	without, with []time.Duration
	answered      int64
	took          time.Duration
}

// beaconURLs is how many URLs an event has: those of an ad and two wrappers.
const beaconURLs = 3

// watchedEvents are the events of an ad in their order.
var watchedEvents = []avail.Events{avail.Impression, avail.Start, avail.FirstQuartile, avail.Midpoint, avail.ThirdQuartile, avail.Complete}

func newMail(b *testing.B, playlists int) *mail {
	b.Helper()
	m := &mail{world: newWorld(b, "http://127.0.0.1:1"), player: startChild(b, "viewers"), hosts: startChild(b, "hosts"), rate: playlists * 5 / 2 / beaconURLs}
	m.tracker = tracking.New(tracking.Options{
		Outbox: m.store, Source: records.NewSource(newAds(b, m.state(b).URLs)), Macros: noMacros{}, Now: time.Now,
		Fetcher: egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Metrics: tracking.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.tracker.Run(ctx)
	}()
	b.Cleanup(func() {
		stop()
		<-ended
	})
	m.paths = m.start(b, "other", playlists)
	m.watch(b, time.Second) // what is made once is made
	return m
}

func (m *mail) state(b *testing.B) (s hostsState) {
	b.Helper()
	m.hosts.ask(b, struct{}{}, &s)
	return s
}

// watch is how long the playlists of some time take.
func (m *mail) watch(b *testing.B, d time.Duration) []time.Duration {
	b.Helper()
	var v viewed
	m.player.ask(b, viewing{m.address, m.paths, time.Now().Add(100 * time.Millisecond), d}, &v)
	if v.Err != "" {
		b.Fatal(v.Err)
	}
	return v.Took
}

// round measures some time without triggers and with them.
func (m *mail) round(b *testing.B, d time.Duration) {
	b.Helper()
	without := m.watch(b, d)
	before := m.state(b).Calls
	ctx, stop := context.WithCancel(b.Context())
	var all sync.WaitGroup
	all.Go(func() { m.post(ctx, b) })
	begun := time.Now()
	with := m.watch(b, d)
	m.took += time.Since(begun)
	m.answered += m.state(b).Calls - before
	stop()
	all.Wait()
	m.without, m.with = append(m.without, without...), append(m.with, with...)
	b.Logf("p50 %s without, %s with; p99 %s, %s", median(without), median(with), p99(without), p99(with))
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); { // those of the hosts that are well are sent
		before := m.state(b).Calls
		<-time.After(500 * time.Millisecond)
		if m.state(b).Calls-before < 50 {
			break
		}
	}
}

// post has triggers come in, at a steady pace.
func (m *mail) post(ctx context.Context, b *testing.B) {
	const workers = 32
	begun, interval := time.Now(), time.Second/time.Duration(m.rate)
	first := m.fired.Load()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				n := m.fired.Add(1) - 1
				select {
				case <-time.After(time.Until(begun.Add(time.Duration(n-first) * interval))):
				case <-ctx.Done():
					return
				}
				event := watchedEvents[int(n)%len(watchedEvents)]
				x := avail.Trigger{Session: strconv.FormatInt(n/int64(len(watchedEvents)), 10), Avail: avail.Key{Sequence: 7}, Events: event, At: time.Now().UnixMicro()}
				if err := m.tracker.Fire(ctx, x); err != nil && ctx.Err() == nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

func (m *mail) report(b *testing.B) {
	b.Helper()
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	b.ReportMetric(float64(median(m.with))/float64(median(m.without)), "p50-ratio")
	b.ReportMetric(float64(p99(m.with))/float64(p99(m.without)), "p99-ratio")
	b.ReportMetric(ms(median(m.without)), "calm-p50-ms")
	b.ReportMetric(ms(p99(m.without)), "calm-p99-ms")
	b.ReportMetric(float64(m.answered)/m.took.Seconds(), "beacons/s")
}

// adsOf is a store in which each session has a decision with an ad.
type adsOf []avail.Fact

// newAds makes the facts of any session. Each twelfth URL is the slow host's, and the dead
// one's.
func newAds(b *testing.B, hosts []string) adsOf {
	b.Helper()
	d := avail.Decision{}
	ad := &avail.Ad{ID: "a", Title: "a"}
	for i, e := range watchedEvents {
		var urls []string
		for k := range beaconURLs {
			urls = append(urls, fmt.Sprintf("%s/%s?k=%d", hosts[(i*beaconURLs+k)%len(hosts)], e.Name(), k))
		}
		ad.Track(e.Name(), urls)
	}
	d.Items = []avail.Item{{Asset: "a", Duration: 30_000_000, Ad: ad}}
	decision, err := json.Marshal(&d)
	if err != nil {
		b.Fatal(err)
	}
	session, err := json.Marshal(&playback.Session{ID: "s", Configuration: "bench", Reporting: "server"})
	if err != nil {
		b.Fatal(err)
	}
	return adsOf{{Key: "session", Value: session}, {Key: "decision/0.7", Value: decision}}
}

// Recall implements records.Reader.
func (a adsOf) Recall(context.Context, string) ([]avail.Fact, error) { return a, nil }

// Get implements records.Reader.
func (a adsOf) Get(context.Context, string, ...string) ([]avail.Fact, error) { return a, nil }

// noMacros leaves URLs as they are, but for what macros of all cost.
type noMacros struct{}

// Tracking implements tracking.Macros.
func (noMacros) Tracking(url, _ string, _ *avail.Ad, _ *playback.Session, at int64) string {
	return macro.Replace(url, &macro.Values{Now: time.UnixMicro(at)})
}

// Error implements tracking.Macros.
func (noMacros) Error(url string, _ *avail.AdError, _ *playback.Session) string { return url }
