package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	client "github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	redisserver "stitcher/internal/store/redis/server"
)

// profiled is Redis with the profile of every layout.
type profiled struct{ *redis.Store }

func (p profiled) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, "layout/") {
		return []avail.Fact{{Key: "profile", Value: []byte(`{"segment":2000000}`)}}, rev, nil
	}
	return p.Store.Since(ctx, owner, rev)
}

// shared is a service of one node over Redis, and what it asks of Redis.
type shared struct {
	*house
	store *redis.Store
	reg   *prometheus.Registry
}

// newShared makes a node whose clock is the server's, nearly.
func newShared(t testing.TB, server *redistest.Server) *shared {
	t.Helper()
	return openShared(t, server, &house{now: time.Now()})
}

func openShared(t testing.TB, server *redistest.Server, h *house) *shared {
	t.Helper()
	s := &shared{house: h, reg: prometheus.NewRegistry()}
	var err error
	if s.store, err = redis.Open(server.URL(), redis.Options{Metrics: redisserver.NewMetrics(s.reg)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.open(t, profiled{s.store}, true)
	return s
}

// trips is how many round trips there were.
func (s *shared) trips(t testing.TB) int {
	t.Helper()
	families, err := s.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, f := range families {
		if f.GetName() == "stitcher_redis_round_trips_total" {
			for _, m := range f.GetMetric() {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return int(n)
}

// quiet waits until what goes on beside the requests has ended.
func (s *shared) quiet(t testing.TB) int {
	t.Helper()
	last, since := s.trips(t), time.Now()
	redistest.Until(t, "there are no more round trips", func(context.Context) error {
		if n := s.trips(t); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) < 200*time.Millisecond {
			return fmt.Errorf("there were %d", last)
		}
		return nil
	})
	return last
}

func (s *shared) get(t testing.TB, path string) {
	t.Helper()
	w := httptest.NewRecorder()
	if s.viewer.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)); w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
}

// TestRoundTrips: a warm playlist costs no round trip to Redis: all viewers of a channel
// share one read of its ledger in 100 ms. A session that another node has begun costs one on
// a node that knows the ledger as far as the session's records refer to it, and two where the
// records are newer than that. The first session of a channel on a node takes the layout and
// the ledger, too.
func TestRoundTrips(t *testing.T) {
	server := redistest.Start(t)
	a, b := newShared(t, server), newShared(t, server)
	b.now = a.now
	const viewers = 200
	paths := a.start(t, viewers+1)
	before := a.quiet(t)
	for range 3 {
		for _, path := range paths[:viewers] {
			a.get(t, path)
		}
	}
	if n := a.quiet(t) - before; n != 0 {
		t.Errorf("%d warm playlists have cost %d round trips", 3*viewers, n)
	}
	a.now = a.now.Add(150 * time.Millisecond)
	for _, path := range paths[:viewers] {
		a.get(t, path)
	}
	if n := a.quiet(t) - before; n > 1 {
		t.Errorf("%d viewers of a channel have cost %d round trips in 150 ms, want one", viewers, n)
	}
	b.get(t, paths[0])
	before = b.quiet(t)
	for _, path := range paths[1:] {
		b.get(t, path)
	}
	if n := b.quiet(t) - before; n != viewers {
		t.Errorf("%d sessions of another node have cost %d round trips, want one each", viewers, n)
	}
}

// BenchmarkShared asks for playlists over HTTP, of a node over Redis and in turn of one with a
// store of its own, while the time passes: "ratio" is the requests per second of the former in
// those of the latter, "trips/s" the round trips to Redis in a second.
func BenchmarkShared(b *testing.B) {
	newest := func() *house { return &house{now: time.Now(), clock: time.Now} }
	alone := newest()
	alone.open(b, facts{memory.NewFacts(time.Now)}, false)
	together := openShared(b, redistest.Start(b), newest())
	const ours, reference = 0, 1
	var all [2]*contender
	var paths [2][]string
	for i, h := range []*house{ours: together.house, reference: alone} {
		paths[i] = h.start(b, 2000)
		server := httptest.NewServer(h.viewer)
		defer server.Close()
		w := httptest.NewRecorder()
		h.viewer.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, paths[i][0], nil))
		all[i] = &contender{address: server.Listener.Addr().String(), size: w.Body.Len()}
	}
	trips, asked := 0, 0
	b.ResetTimer()
	for round := range rounds + 1 {
		n := max(b.N/rounds, connections)
		for k := range all {
			i := (round + k) % len(all) // who goes first takes turns
			start, before := time.Now(), together.trips(b)
			load(b, all[i], paths[i], n)
			if round > 0 { // the first warms all up
				all[i].took += time.Since(start)
			}
			if round > 0 && i == ours {
				trips += together.trips(b) - before
				asked += n
			}
		}
	}
	b.StopTimer()
	b.ReportMetric(all[reference].took.Seconds()/all[ours].took.Seconds(), "ratio")
	b.ReportMetric(float64(asked)/all[ours].took.Seconds(), "req/s")
	b.ReportMetric(float64(trips)/all[ours].took.Seconds(), "trips/s")
}

// BenchmarkRedisSession is what a session with one break costs in Redis: "trips", "scripts"
// and "bytes" of the session until it has been shown a break of two ads, of the bytes those
// of the search index, which are kept for the retention, and those of reports, which are
// folded, and "trigger-bytes"
// of the triggers of the break. They are ARCHITECTURE.md's sizing.
func BenchmarkRedisSession(b *testing.B) {
	const sessions = 500
	server := redistest.Start(b)
	c := server.Client()
	for range b.N {
		if err := c.FlushAll(b.Context()).Err(); err != nil {
			b.Fatal(err)
		}
		s := newShared(b, server)
		s.start(b, 1)
		before, memory, ran := s.quiet(b), used(b, c), scripts(b, c)
		s.start(b, sessions)
		trips, after := s.quiet(b)-before, used(b, c)
		b.ReportMetric(float64(trips)/sessions, "trips")
		b.ReportMetric(float64(after-memory)/sessions, "bytes")
		b.ReportMetric(float64(used(b, c, "about", "term"))/sessions, "search-bytes")
		b.ReportMetric(float64(used(b, c, "sums", "taken", "generation", "rollup"))/sessions, "report-bytes")
		b.ReportMetric(float64(scripts(b, c)-ran)/sessions, "scripts")
		for i := range sessions {
			for ad := range 2 {
				x := avail.Trigger{Session: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Avail: avail.Key{Sequence: 1_000_000}, Ad: ad, Events: 0xff}
				if _, err := s.store.Widen(b.Context(), x, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(used(b, c)-after)/sessions, "unsent-bytes")
		for sent := 0; sent < 2*sessions; {
			list, err := s.store.Pending(b.Context(), 2*sessions, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			for _, x := range list {
				if err := s.store.Settle(b.Context(), x, x.Events, nil, 0); err != nil {
					b.Fatal(err)
				}
			}
			sent += len(list)
		}
		b.ReportMetric(float64(used(b, c)-after)/sessions, "sent-bytes")
	}
}

// used is the memory of the keys of some kinds, or of all, with their values, in bytes.
func used(b *testing.B, c *client.Client, kinds ...string) int64 {
	b.Helper()
	var sum int64
	for it := c.Scan(b.Context(), 0, "*", 1000).Iterator(); it.Next(b.Context()); {
		kind := strings.SplitN(it.Val(), ":", 4)[2]
		if len(kinds) > 0 && !slices.Contains(kinds, kind) {
			continue
		}
		n, err := c.MemoryUsage(b.Context(), it.Val(), 0).Result()
		if err != nil && !errors.Is(err, client.Nil) { // it has expired
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}

// scripts is how many scripts the server has run.
func scripts(b *testing.B, c *client.Client) int64 {
	b.Helper()
	info, err := c.Info(b.Context(), "commandstats").Result()
	if err != nil {
		b.Fatal(err)
	}
	var sum int64
	for line := range strings.Lines(info) {
		if _, rest, ok := strings.Cut(line, "cmdstat_eval"); ok {
			_, calls, _ := strings.Cut(rest, "calls=")
			var n int64
			_, _ = fmt.Sscanf(calls, "%d", &n)
			sum += n
		}
	}
	return sum
}
