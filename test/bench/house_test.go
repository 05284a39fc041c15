package bench

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
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
	"stitcher/internal/playback"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/service/start"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/profile"
)

// house is the service over a store in memory, with an origin that stands
// still: what is measured is the way of a warm refresh.
type house struct {
	service *service.Service
	viewer  http.Handler
	now     time.Time
	// clock is the time where it passes; nil is now.
	clock func() time.Time
	// asset is what sessions play; "" is live/index.m3u8.
	asset string
	// playlist is the origin's media playlist; nil is one that stands still.
	playlist func() string
	// mpd is the origin's MPD.
	mpd string
	// features are those of the sessions.
	features map[string]string
	// events are what the ads are tracked for besides impressions.
	events []string
}

const accountHash = "0123456789012345678901234567890123456789"

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func newHouse(b *testing.B) *house {
	b.Helper()
	h := &house{now: noon}
	h.open(b, facts{memory.NewFacts(func() time.Time { return h.now })}, false)
	return h
}

// open makes the service over a store, which other services share or do not.
func (h *house) open(b testing.TB, facts store.Facts, shared bool) {
	b.Helper()
	clock := h.clock
	if clock == nil {
		clock = func() time.Time { return h.now }
	}
	reg := prometheus.NewRegistry()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	manifests, err := manifests.New(manifests.Options{
		Fetcher: h, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: clock, Metrics: manifests.NewMetrics(reg),
	})
	must(err)
	configurations, err := config.New(b.Context(), new(memory.Documents), awsapi.Naming{})
	must(err)
	c, err := config.Parse([]byte(`{"Name":"bench","VideoContentSourceUrl":"http://origin.example","AdDecisionServerUrl":"http://ads.example/"}`))
	must(err)
	_, err = configurations.Put(b.Context(), c)
	must(err)
	shelf := newShelf()
	shelf.events = h.events
	if h.mpd != "" {
		shelf.asset.Renditions = mpdRenditions(15)
	}
	h.service = service.New(b.Context(), service.Options{
		Configurations: configurations, Manifests: manifests, Facts: facts, Assets: shelf, Decisions: shelf, Retriever: shelf, Schedules: noSchedules{},
		Profiles: shelf, Beacons: shelf, Fetcher: h, Hash: accountHash, MaxSessions: 1 << 20,
		MaximumAvail: 5 * time.Minute, Log: slog.New(slog.DiscardHandler), Now: clock, Metrics: service.NewMetrics(reg),
		Shared: shared, Node: fmt.Sprintf("%p", h),
	})
	h.viewer, err = viewer.New(viewer.Options{Service: h.service, Files: shelf, Log: slog.New(slog.DiscardHandler), Hash: accountHash})
	must(err)
}

// Do is the origin: a multivariant playlist, and a media playlist of 13
// segments of which the last seven are an avail.
func (h *house) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	body := "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720\nv.m3u8\n"
	switch {
	case strings.HasSuffix(u.Path, ".mpd"):
		body = h.mpd
	case h.playlist != nil && strings.HasSuffix(u.Path, "v.m3u8"):
		body = h.playlist()
	case strings.HasSuffix(u.Path, "v.m3u8"):
		var t strings.Builder
		t.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:1000\n")
		for i := range 13 {
			if i == 6 {
				t.WriteString("#EXT-X-CUE-OUT:60\n")
			}
			at := h.now.Add(time.Duration(i-13) * 4 * time.Second)
			fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), 1000+i)
		}
		body = t.String()
	}
	return &egress.Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}, nil
}

// start makes n sessions that have had their first playlist each, and gives the
// paths of their media playlists.
func (h *house) start(b testing.TB, n int) []string {
	b.Helper()
	paths := make([]string, n)
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := w; i < n; i += 32 {
				s, err := h.service.Start(b.Context(), start.Request{
					Configuration: "bench", Asset: cmp.Or(h.asset, "live/index.m3u8"), AdsParams: map[string]string{"uid": fmt.Sprint(i)}, Features: h.features,
					Viewer: playback.Viewer{IP: "192.0.2.1", ForwardedFor: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Bench/1.0"},
				})
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := h.service.MediaPlaylist(b.Context(), "bench", s.ID, 0, nil); err != nil {
					b.Error(err)
					return
				}
				paths[i] = "/v1/manifest/" + accountHash + "/bench/" + s.ID + "/0.m3u8"
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return paths
}

// shelf has a pod of two prepared creatives for every avail.
type shelf struct {
	asset  *avail.Asset
	events []string
}

func newShelf() *shelf {
	a := &avail.Asset{ID: "00112233445566778899aabbccddeeff", Duration: 30_000_000}
	r := avail.AssetRendition{Name: "v0"}
	for i := range 15 {
		r.Segments = append(r.Segments, avail.AssetSegment{Name: fmt.Sprintf("v0-%05d.ts", i), Duration: 2_000_000})
	}
	a.Renditions = []avail.AssetRendition{r}
	return &shelf{asset: a}
}

func (s *shelf) Asset(context.Context, string) (*avail.Asset, error) { return s.asset, nil }

// Alike implements stitch.Profiles.
func (s *shelf) Alike(_ context.Context, p profile.Profile) (profile.Profile, error) {
	return p, nil
}

func (s *shelf) AddProfile(context.Context, profile.Profile) error { return nil }

func (s *shelf) Lookup(context.Context, string, avail.Creative) (*avail.Asset, avail.Reason) {
	return s.asset, ""
}

func (s *shelf) Decide(context.Context, ads.Request) avail.Decision {
	var d avail.Decision
	for i := range 2 {
		ad := &avail.Ad{ID: fmt.Sprint("ad", i), Tracking: map[string][]string{"impression": {fmt.Sprint("http://t.example/i?", i)}}}
		for _, event := range s.events {
			ad.Track(event, []string{fmt.Sprint("http://t.example/", event, "?ad=", i, "&cb=[CACHEBUSTING]")})
		}
		d.Items = append(d.Items, avail.Item{Asset: s.asset.ID, Duration: s.asset.Duration, Ad: ad})
	}
	return d
}

func (s *shelf) Retrieve(context.Context, ads.Request) (ads.Offers, avail.Reason) {
	return ads.Offers{}, avail.AdsEmpty
}

// noSchedules are no prefetch schedules.
type noSchedules struct{}

func (noSchedules) Active(string, string, time.Time) []*prefetch.Schedule { return nil }

func (noSchedules) Schedule(string, string) (*prefetch.Schedule, error) {
	return nil, prefetch.ErrNotFound
}

func (s *shelf) Fire(context.Context, avail.Trigger) error { return nil }

func (s *shelf) Open(context.Context, string, string) (*os.File, error) { return nil, os.ErrNotExist }

// facts is a store in memory that has the profile of every layout.
type facts struct{ *memory.Facts }

func (f facts) Create(ctx context.Context, owner string, ttl time.Duration, list ...avail.Fact) ([]avail.Fact, error) {
	if strings.HasPrefix(owner, "session/") || strings.HasPrefix(owner, "record/") {
		return list, nil // a store on disk keeps it, not the memory that is measured
	}
	return f.Facts.Create(ctx, owner, ttl, list...)
}

// Append implements store.Facts. What a session records is kept by a store on disk,
// not by the memory that is measured.
func (f facts) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, list ...avail.Fact) (store.Appended, error) {
	if strings.HasPrefix(owner, "session/") {
		return store.Appended{Written: true, Facts: list, Rev: rev + 1}, nil
	}
	return f.Facts.Append(ctx, owner, ttl, rev, list...)
}

func (f facts) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	return withProfile(f).Since(ctx, owner, rev)
}

// withProfile is a store in memory that has the profile of every layout.
type withProfile struct{ *memory.Facts }

func (f withProfile) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, "layout/") {
		return []avail.Fact{{Key: "profile", Value: []byte(`{"segment":2000000}`)}}, rev, nil
	}
	return f.Facts.Since(ctx, owner, rev)
}
