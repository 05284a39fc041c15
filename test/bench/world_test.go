package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/transcodecache/profile"
)

const (
	herdSegment    = 2 * time.Second
	adsConcurrency = 256
)

// world is a service over a real store with a real listener. Its origin has any
// number of live channels, a folder each.
type world struct {
	service *service.Service
	store   *sqlite.Store
	handler http.Handler
	address string
	began   time.Time

	mu sync.Mutex
	// avails are the numbers of the segments at which the channels' avails begin.
	avails map[string]int64

	decider *ads.Decider
	// asked is how many ad requests there were, under how many are under way.
	asked, under, most int64
	longest            time.Duration
	reasons            map[avail.Reason]int
}

func newWorld(b *testing.B, adServer string) *world {
	b.Helper()
	w := &world{began: time.Now(), avails: map[string]int64{}, reasons: map[avail.Reason]int{}}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	reg := prometheus.NewRegistry()
	manifests, err := manifests.New(manifests.Options{
		Fetcher: w, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: time.Now, Metrics: manifests.NewMetrics(reg),
	})
	must(err)
	store, err := sqlite.Open(b.TempDir(), sqlite.Options{Now: time.Now})
	must(err)
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	w.store = store
	configurations, err := config.New(b.Context(), store, awsapi.Naming{})
	must(err)
	configuration, err := config.Parse(fmt.Appendf(nil,
		`{"Name":"bench","VideoContentSourceUrl":"http://origin.example","AdDecisionServerUrl":"%s/?s=[session.id]&d=[session.avail_duration_secs]"}`, adServer))
	must(err)
	_, err = configurations.Put(b.Context(), configuration)
	must(err)
	shelf := newShelf()
	shelf.asset.Duration = 10_000_000
	shelf.asset.Renditions[0].Segments = shelf.asset.Renditions[0].Segments[:5]
	shares := turns.New(runtime.GOMAXPROCS(0))
	w.decider = ads.New(ads.Options{
		Fetcher:    counted{egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), w},
		Renditions: shelf, Log: log, Concurrency: adsConcurrency, Turns: shares,
	})
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	w.service = service.New(ctx, service.Options{
		Configurations: configurations, Manifests: manifests, Facts: derived{store}, Assets: shelf, Decisions: w, Retriever: w.decider,
		Schedules: noSchedules{}, Profiles: shelf, Beacons: shelf, Fetcher: w, Hash: accountHash, MaxSessions: 1 << 20,
		MaximumAvail: 5 * time.Minute, Log: log, Now: time.Now, Metrics: service.NewMetrics(reg), Turns: shares,
	})
	w.handler, err = viewer.New(viewer.Options{Service: w.service, Files: shelf, Log: log, Hash: accountHash})
	must(err)
	ours := httptest.NewServer(w.handler)
	b.Cleanup(ours.Close)
	w.address = ours.Listener.Addr().String()
	return w
}

// derived is the store with the profile of every content known.
type derived struct{ *sqlite.Store }

func (p derived) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, "layout/") {
		b, err := json.Marshal(profile.Profile{Segment: 2_000_000})
		return []avail.Fact{{Key: "profile", Value: b}}, rev, err
	}
	return p.Store.Since(ctx, owner, rev)
}

// counted counts the requests to the ad server.
type counted struct {
	*egress.Client
	w *world
}

// Do implements ads.Fetcher.
func (f counted) Do(ctx context.Context, r egress.Request) (*egress.Response, error) {
	f.w.count(1)
	defer f.w.count(-1)
	return f.Client.Do(ctx, r)
}

func (w *world) count(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under += n
	w.asked += max(n, 0)
	w.most = max(w.most, w.under)
}

// Decide implements stitch.Decisions: it takes the time.
func (w *world) Decide(ctx context.Context, r ads.Request) avail.Decision {
	begun := time.Now()
	d := w.decider.Decide(ctx, r)
	took := time.Since(begun)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.longest = max(w.longest, took)
	w.reasons[d.Reason]++
	return d
}

// number is the segment that is published last at a time.
func (w *world) number(now time.Time) int64 { return 1000 + int64(now.Sub(w.began)/herdSegment) }

// next is the time at which every template that was made before the next segment
// is published is made anew. Nobody has seen that segment yet.
func (w *world) next() time.Time {
	published := w.began.Add(time.Since(w.began).Truncate(herdSegment) + herdSegment)
	return published.Add(manifests.Refresh(herdSegment) + 100*time.Millisecond)
}

// Do is the origin.
func (w *world) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	body := "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720\nv.m3u8\n"
	if folder, ok := strings.CutSuffix(u.Path, "v.m3u8"); ok {
		body = w.playlist(strings.Trim(folder, "/"))
	}
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}, nil
}

func (w *world) playlist(channel string) string {
	w.mu.Lock()
	out := w.avails[channel]
	w.mu.Unlock()
	last := w.number(time.Now())
	var t strings.Builder
	fmt.Fprintf(&t, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", last-12)
	for n := last - 12; n <= last; n++ {
		if out > 0 && n == out {
			t.WriteString("#EXT-X-CUE-OUT:30\n")
		}
		at := w.began.Add(time.Duration(n-1001) * herdSegment).UTC()
		fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:2.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
	}
	return t.String()
}

// start makes n sessions of a channel that have had their first playlist each.
func (w *world) start(b *testing.B, channel string, n int) []string {
	b.Helper()
	return (&house{service: w.service, asset: channel + "/index.m3u8"}).start(b, n)
}

// breakAt has an avail begin in a channel with a segment.
func (w *world) breakAt(channel string, segment int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.avails[channel] = segment
}
