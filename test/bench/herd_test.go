package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// bystanders are viewers of a channel without avails.
const bystanders = 500

// BenchmarkHerd has sessions come upon an avail within the same second: real
// decisions of three ads over a real store and an ad server that takes 100 ms.
// Bystanders ask for another channel's playlists over HTTP meanwhile, from a
// process of their own, at a steady pace: "p99-ratio" is the 99th percentile of
// the time that their requests take, from when they were due, while the herd
// decides, in that of the same time without an avail. The two take turns. The
// herd's own requests go to the handler without a network, the same ones in
// both. "decision-ms" is the longest decision, "herd-p99-ms" what the herd's
// playlists took, the wait for a decision included; "filled" is the share of
// avails with ads.
func BenchmarkHerd(b *testing.B) {
	for _, c := range []struct {
		sessions, rounds int
		// window is how long the herd decides, at most.
		window time.Duration
	}{
		{1_000, 3, 1500 * time.Millisecond},
		{10_000, 2, 4 * time.Second},
	} {
		b.Run(fmt.Sprint(c.sessions), func(b *testing.B) {
			h := newHerd(b)
			for range b.N {
				for range c.rounds {
					h.round(b, c.sessions, c.window)
				}
			}
			h.report(b, c.sessions*c.rounds*b.N)
		})
	}
}

// herd is the world around a service that is measured.
type herd struct {
	*world
	ads, player *child
	others      []string
	rounds      int
	// without and with are the times of the bystanders' requests, own those of
	// the herd's.
	without, with, own []time.Duration
}

func newHerd(b *testing.B) *herd {
	b.Helper()
	h := &herd{ads: startChild(b, "ads"), player: startChild(b, "viewers")}
	var server adServerState
	h.ads.ask(b, struct{}{}, &server)
	h.world = newWorld(b, server.URL)
	h.others = h.start(b, "other", bystanders)
	h.watch(b, time.Now(), time.Second) // what is made once is made
	return h
}

// watch is how long the bystanders' requests of some time take.
func (h *herd) watch(b *testing.B, begin time.Time, d time.Duration) []time.Duration {
	b.Helper()
	var v viewed
	h.player.ask(b, viewing{h.address, h.others, begin, d}, &v)
	if v.Err != "" {
		b.Fatal(v.Err)
	}
	return v.Took
}

// round measures a channel of its own without its avail and with it.
func (h *herd) round(b *testing.B, sessions int, window time.Duration) {
	b.Helper()
	h.rounds++
	channel := fmt.Sprint("live", h.rounds)
	requests := make([]*http.Request, sessions)
	for i, path := range h.start(b, channel, sessions) {
		requests[i] = httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	}
	measure := func(begin time.Time) (others, own []time.Duration) {
		var all sync.WaitGroup
		all.Go(func() { own = h.play(b, requests, begin, window) })
		others = h.watch(b, begin, window)
		all.Wait()
		return others, own
	}
	measure(h.next()) // what the sessions' start has left to do is done
	without, _ := measure(h.next())
	begin := h.next()
	h.breakAt(channel, h.number(begin))
	with, own := measure(begin)
	b.Logf("p99 %s without the herd, %s with it", p99(without), p99(with))
	h.without, h.with, h.own = append(h.without, without...), append(h.with, with...), append(h.own, own...)
}

// play has every session ask once a second, evenly, for some time. It asks again
// only when it has its answer, as players do.
func (h *herd) play(b *testing.B, requests []*http.Request, begin time.Time, d time.Duration) []time.Duration {
	b.Helper()
	took := make([][]time.Duration, len(requests))
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() {
			w := &discard{header: http.Header{}}
			for due := begin.Add(time.Duration(i) * time.Second / time.Duration(len(requests))); due.Before(begin.Add(d)); due = due.Add(time.Second) {
				<-time.After(time.Until(due))
				if h.handler.ServeHTTP(w, r); w.status != http.StatusOK {
					b.Errorf("status %d", w.status)
				}
				took[i] = append(took[i], time.Since(due))
			}
		})
	}
	all.Wait()
	return slices.Concat(took...)
}

// discard is an answer that nobody reads.
type discard struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (d *discard) Header() http.Header { return d.header }

// Write implements http.ResponseWriter.
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d *discard) WriteHeader(status int) { d.status = status }

func p99(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)*99/100]
}

// report fails where a promise was broken that does not depend on the machine.
func (h *herd) report(b *testing.B, sessions int) {
	b.Helper()
	var server adServerState
	h.ads.ask(b, struct{}{}, &server)
	h.mu.Lock()
	defer h.mu.Unlock()
	b.Logf("%d avails: the ad server saw %d requests, %d at once; decisions by reason %v", sessions, server.Asked, server.Most, h.reasons)
	if h.most > adsConcurrency || h.asked > int64(sessions) {
		b.Errorf("the ad server was asked %d times, by %d at once", h.asked, h.most)
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	without, with := p99(h.without), p99(h.with)
	b.ReportMetric(float64(with)/float64(without), "p99-ratio")
	b.ReportMetric(ms(without), "calm-p99-ms")
	b.ReportMetric(ms(with), "p99-ms")
	b.ReportMetric(ms(p99(h.own)), "herd-p99-ms")
	b.ReportMetric(ms(h.longest), "decision-ms")
	b.ReportMetric(float64(h.reasons[""])/float64(sessions), "filled")
	b.ReportMetric(float64(resident(b))/1e6, "resident-MB")
}

// resident is the memory of this process that is in RAM, in bytes: the service,
// and the goroutines that ask it.
func resident(b *testing.B) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
