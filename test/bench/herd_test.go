package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/transcodecache"
)

const (
	herdSegment = 2 * time.Second
	// herdCalm is how long the viewers ask without an avail, herdBreak how long
	// with one.
	herdCalm, herdBreak = 5 * time.Second, 5 * time.Second
	adsLatency          = 100 * time.Millisecond
	adsConcurrency      = 256
)

// bystanders are viewers of another channel, which has no avail.
const bystanders = 500

// BenchmarkHerd has sessions that ask for their playlists once a second each,
// over HTTP at a steady pace, come upon an avail within the same second: real
// decisions of three ads over a real store and an ad server that takes 100 ms.
// "p99-ratio" is the 99th percentile of the time that playlist requests of another
// channel's viewers take, from when they were due, while the herd decides, in that
// before. The herd's own wait for their decisions at most as long as a playlist may
// be held back ("herd-p99-ms"); "decision-ms" is the longest decision.
func BenchmarkHerd(b *testing.B) {
	for _, sessions := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			var calm, during, herd time.Duration
			for range b.N {
				c := newChannel(b)
				paths, others := c.start(b, "live", sessions), c.start(b, "other", bystanders)
				both := func(d time.Duration) (own, other time.Duration) {
					var wg sync.WaitGroup
					wg.Go(func() { own = p99(c.load(b, paths, d)) })
					wg.Go(func() { other = p99(c.load(b, others, d)) })
					wg.Wait()
					return own, other
				}
				both(herdCalm) // what the sessions' start has left to do is done
				_, before := both(herdCalm)
				c.avail.Store(c.number(time.Now()) + 1)
				own, then := both(herdBreak)
				calm, during, herd = calm+before, during+then, herd+own
				c.report(b, sessions)
			}
			milliseconds := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(b.N) }
			b.ReportMetric(float64(during)/float64(calm), "p99-ratio")
			b.ReportMetric(milliseconds(calm), "calm-p99-ms")
			b.ReportMetric(milliseconds(during), "p99-ms")
			b.ReportMetric(milliseconds(herd), "herd-p99-ms")
		})
	}
}

func p99(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)*99/100]
}

// channel is a live channel and the service that plays it.
type channel struct {
	service *stitch.Service
	address string
	began   time.Time
	// avail is the number of the segment at which an avail begins; 0 is none.
	avail atomic.Int64

	decider *ads.Decider
	// asked is how often the ad server was asked, under how many requests are
	// under way.
	asked, under atomic.Int64

	mu sync.Mutex
	// most is how many were at once, longest the longest decision.
	most    int64
	longest time.Duration
	reasons map[avail.Reason]int
}

func newChannel(b *testing.B) *channel {
	b.Helper()
	c := &channel{began: time.Now(), reasons: map[avail.Reason]int{}}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(c.ads))
	b.Cleanup(server.Close)
	log := slog.New(slog.DiscardHandler)
	reg := prometheus.NewRegistry()
	templates, err := origin.NewTemplates(origin.TemplatesOptions{
		Fetcher: c, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: time.Now, Metrics: origin.NewMetrics(reg),
	})
	must(err)
	store, err := sqlite.Open(b.TempDir(), sqlite.Options{Now: time.Now})
	must(err)
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	configurations, err := playback.NewConfigurations(b.Context(), store, playback.Naming{})
	must(err)
	configuration, err := playback.ParseConfiguration(fmt.Appendf(nil,
		`{"Name":"bench","VideoContentSourceUrl":"http://origin.example","AdDecisionServerUrl":"%s/?s=[session.id]&d=[session.avail_duration_secs]"}`, server.URL))
	must(err)
	_, err = configurations.Put(b.Context(), configuration)
	must(err)
	shelf := newShelf()
	shelf.asset.Duration = 10_000_000
	shelf.asset.Renditions[0].Segments = shelf.asset.Renditions[0].Segments[:5]
	c.decider = ads.New(ads.Options{
		Fetcher:    counted{egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), c},
		Renditions: shelf, Log: log, Concurrency: adsConcurrency,
	})
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	c.service = stitch.New(ctx, stitch.Options{
		Configurations: configurations, Templates: templates, Facts: derived{store}, Assets: shelf, Decisions: c, Retriever: c.decider,
		Schedules: noSchedules{}, Profiles: shelf, Beacons: shelf, Fetcher: c, Hash: accountHash, MaxSessions: 1 << 20,
		MaximumAvail: 5 * time.Minute, Log: log, Now: time.Now, Metrics: stitch.NewMetrics(reg),
	})
	handler, err := viewer.New(viewer.Options{Service: c.service, Files: shelf, Log: log, Hash: accountHash})
	must(err)
	ours := httptest.NewServer(handler)
	b.Cleanup(ours.Close)
	c.address = ours.Listener.Addr().String()
	return c
}

// derived is the store with the profile of every content known.
type derived struct{ *sqlite.Store }

func (d derived) Load(ctx context.Context, owner string) ([]avail.Fact, error) {
	list, err := d.Store.Load(ctx, owner)
	if err == nil && strings.HasPrefix(owner, "layout/") {
		b, err := json.Marshal(transcodecache.Profile{Segment: 2_000_000})
		return append(list, avail.Fact{Key: "profile", Value: b}), err
	}
	return list, err
}

// ads is the ad server. It notices who has hung up.
func (c *channel) ads(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(adsLatency):
	case <-r.Context().Done():
		return
	}
	_, _ = io.WriteString(w, threeAds)
}

var threeAds = func() string {
	var t strings.Builder
	t.WriteString(`<VAST version="4.2">`)
	for i := range 3 {
		fmt.Fprintf(&t, `<Ad id="a%[1]d" sequence="%[2]d"><InLine><AdSystem>bench</AdSystem><AdTitle>%[1]d</AdTitle><Impression><![CDATA[http://t.example/i?a=%[1]d&cb=[CACHEBUSTING]]]></Impression>`+
			`<Creatives><Creative id="c%[1]d"><UniversalAdId idRegistry="b">u%[1]d</UniversalAdId><Linear><Duration>00:00:10</Duration><TrackingEvents>`, i, i+1)
		for _, e := range []string{"start", "firstQuartile", "midpoint", "thirdQuartile", "complete"} {
			fmt.Fprintf(&t, `<Tracking event="%s"><![CDATA[http://t.example/%[1]s?a=%d&cb=[CACHEBUSTING]]]></Tracking>`, e, i)
		}
		fmt.Fprintf(&t, `</TrackingEvents><MediaFiles><MediaFile delivery="progressive" type="video/mp4" width="1280" height="720" bitrate="4000">http://m.example/%d.mp4</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, i)
	}
	t.WriteString(`</VAST>`)
	return t.String()
}()

// counted counts the requests to the ad server.
type counted struct {
	*egress.Client
	c *channel
}

// Do implements ads.Fetcher.
func (f counted) Do(ctx context.Context, r egress.Request) (*egress.Response, error) {
	f.c.asked.Add(1)
	now := f.c.under.Add(1)
	f.c.mu.Lock()
	f.c.most = max(f.c.most, now)
	f.c.mu.Unlock()
	defer f.c.under.Add(-1)
	return f.Client.Do(ctx, r)
}

// Decide implements stitch.Decisions: it takes the time.
func (c *channel) Decide(ctx context.Context, r ads.Request) avail.Decision {
	begun := time.Now()
	d := c.decider.Decide(ctx, r)
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.longest = max(c.longest, took)
	c.reasons[d.Reason]++
	return d
}

// number is the segment that is published last at a time.
func (c *channel) number(now time.Time) int64 { return 1000 + int64(now.Sub(c.began)/herdSegment) }

// Do is the origin.
func (c *channel) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	body := "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720\nv.m3u8\n"
	if strings.HasSuffix(u.Path, "v.m3u8") {
		last, out := c.number(time.Now()), c.avail.Load()
		if strings.HasPrefix(u.Path, "/other/") {
			out = 0
		}
		var t strings.Builder
		fmt.Fprintf(&t, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", last-12)
		for n := last - 12; n <= last; n++ {
			if out > 0 && n == out {
				t.WriteString("#EXT-X-CUE-OUT:30\n")
			}
			at := c.began.Add(time.Duration(n-1001) * herdSegment).UTC()
			fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:2.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
		}
		body = t.String()
	}
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}, nil
}

// start makes n sessions of a channel that have had their first playlist each.
func (c *channel) start(b *testing.B, name string, n int) []string {
	b.Helper()
	return (&house{service: c.service, asset: name + "/index.m3u8"}).start(b, n)
}

// load asks for every path once a second, evenly, and says how long each answer
// took from when it was due.
func (c *channel) load(b *testing.B, paths []string, d time.Duration) []time.Duration {
	b.Helper()
	const most = 2000 // connections
	interval := time.Second / time.Duration(len(paths))
	begin, total := time.Now(), int64(d/interval)
	took := make([]time.Duration, total)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(most, len(paths)) {
		wg.Go(func() {
			conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", c.address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 16<<10)
			for i := next.Add(1) - 1; i < total; i = next.Add(1) - 1 {
				due := begin.Add(time.Duration(i) * interval)
				time.Sleep(time.Until(due))
				if _, err := io.WriteString(conn, "GET "+paths[int(i)%len(paths)]+" HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
					b.Error(err)
					return
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				if r.StatusCode != http.StatusOK {
					b.Error(r.Status)
				}
				took[i] = time.Since(due)
			}
		})
	}
	wg.Wait()
	return took
}

// report fails where a promise was broken that does not depend on the machine.
func (c *channel) report(b *testing.B, sessions int) {
	b.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Logf("%d sessions: %d ad requests, %d at once; decisions by reason %v, the longest took %s", sessions, c.asked.Load(), c.most, c.reasons, c.longest)
	if c.most > adsConcurrency || c.asked.Load() > int64(sessions) {
		b.Errorf("the ad server was asked %d times, by %d at once", c.asked.Load(), c.most)
	}
	b.ReportMetric(c.longest.Seconds()*1000, "decision-ms")
}
