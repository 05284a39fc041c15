package transcodecache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/mediatest"
	"stitcher/internal/transcodecache/stock"
)

// Field failure B-56 and the law of one job a creative, however many viewers
// reach a break at once.
func TestSingleFlight(t *testing.T) {
	t.Parallel()
	source := &files{}
	c := testCache(t, func(o *Options) { o.Fetcher, o.Workers = source, 2 })
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "3", "320x180", "0.5")
	var fresh, others atomic.Int64
	var viewers sync.WaitGroup
	for range 1000 {
		viewers.Go(func() {
			switch _, reason := c.Lookup(t.Context(), p.ID(), avail.Creative{Key: path, URL: path}); reason {
			case avail.CreativeNew:
				fresh.Add(1)
			case avail.CreativeTranscoding:
				others.Add(1)
			}
		})
	}
	viewers.Wait()
	if fresh.Load() != 1 || others.Load() != 999 {
		t.Errorf("%d lookups were the first and %d found a job", fresh.Load(), others.Load())
	}
	a, reason := settled(t, c, p.ID(), path)
	if a == nil {
		t.Fatal(reason)
	}
	if n := source.calls.Load(); n != 1 {
		t.Errorf("the creative was fetched %d times", n)
	}
	if again, err := c.Asset(t.Context(), a.ID); err != nil || again != a {
		t.Errorf("Asset = %p, %v; want %p", again, err, a)
	}
}

func TestFailuresBackOff(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64 // seconds
	var repaired atomic.Bool
	source := gate{&files{}, &repaired}
	c := testCache(t, func(o *Options) {
		o.Fetcher = source
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	})
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	tries := int64(0)
	for _, wait := range []int64{60, 120, 240, 480, 960, 1920, 3600, 3600} {
		_, reason := settled(t, c, p.ID(), path)
		tries++
		if reason != avail.CreativeUnfetchable || source.calls.Load() != tries {
			t.Fatalf("try %d: %s after %d fetches", tries, reason, source.calls.Load())
		}
		clock.Add(wait - 1)
		if _, reason := c.Lookup(t.Context(), p.ID(), avail.Creative{Key: path, URL: path}); reason != avail.CreativeUnfetchable {
			t.Errorf("%d s after failure %d: %s", wait-1, tries, reason)
		}
		clock.Add(1)
	}
	repaired.Store(true)
	if a, reason := settled(t, c, p.ID(), path); a == nil {
		t.Error(reason)
	}
}

// drip is a Fetcher that never ends.
type drip struct{}

func (drip) DownloadIf(ctx context.Context, _ string, _ egress.Validators, _ int64, _ io.Writer) (egress.Validators, error) {
	<-ctx.Done()
	return egress.Validators{}, ctx.Err()
}

func TestFetchTimeout(t *testing.T) {
	c := testCache(t, func(o *Options) { o.Fetcher, o.FetchTimeout = drip{}, 10*time.Millisecond })
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	_, reason := settled(t, c, small().ID(), "slow")
	if message := lastError(c)["slow"]; reason != avail.CreativeUnfetchable || !strings.Contains(message, "longer than 10ms") {
		t.Errorf("%s: %s", reason, message)
	}
}

// TestMostWork: pixels times pictures are bounded, and counted from the packets.
func TestMostWork(t *testing.T) {
	t.Parallel()
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	c := testCache(t, func(o *Options) { o.MaxWork = 320 * 180 * 20 })
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	_, reason := settled(t, c, small().ID(), path)
	if message := lastError(c)[path]; reason != avail.TranscodeFailed || !strings.Contains(message, "of 57600 pixels") {
		t.Errorf("%s: %s", reason, message)
	}
}

func TestLookupNeedsAProfile(t *testing.T) {
	c := testCache(t, nil)
	if _, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{Key: "k", URL: "u"}); reason != avail.InternalError {
		t.Errorf("unknown profile: %s", reason)
	}
	bad := small()
	bad.Renditions[0].Name = "../v0"
	if err := c.AddProfile(t.Context(), bad); err == nil {
		t.Error("a rendition named ../v0 was accepted")
	}
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	if _, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{Key: "k"}); reason != avail.CreativeUnfetchable {
		t.Errorf("no URL: %s", reason)
	}
}

func TestQueueIsBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := testCache(t, func(o *Options) { o.Workers, o.MaxQueue, o.Metrics = 0, 3, NewMetrics(reg) })
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	look := func(key string) avail.Reason {
		_, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{Key: key, URL: key})
		return reason
	}
	for _, key := range []string{"a", "b", "c"} {
		look(key)
	}
	look("a") // "b" is now the one that nobody asked for the longest
	if reason := look("d"); reason != avail.CreativeNew {
		t.Error(reason)
	}
	for key, want := range map[string]avail.Reason{"a": avail.CreativeTranscoding, "c": avail.CreativeTranscoding, "d": avail.CreativeTranscoding} {
		if got := look(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	look("b") // it is the only one that was dropped, so this is the second drop
	if n := testutil.ToFloat64(c.opts.Metrics.finished.WithLabelValues("dropped")); n != 2 {
		t.Errorf("%g jobs counted as dropped", n)
	}
	if n := testutil.ToFloat64(c.opts.Metrics.jobs.WithLabelValues("queued")); n != 3 {
		t.Errorf("%g jobs counted as queued", n)
	}
}

// An asset survives a restart; one that has lost a file is forgotten and made
// again; what no document speaks of is removed.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir, index := t.TempDir(), newMemory()
	open := func() *Cache { return testCache(t, func(o *Options) { o.Dir, o.Index = dir, index }) }
	path := mediatest.Creative(t, "3", "320x180", "0.5")
	c := open()
	a := prepared(t, c, small(), path)
	stray := dirOf(t, c, strings.Repeat("ab", 16))
	for _, d := range []string{stray, filepath.Join(workDir(c), "job-1", encode.OutDir)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}

	c = open()
	b, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path})
	if b == nil || b.ID != a.ID || b.Duration != a.Duration {
		t.Fatalf("after a restart: %v %s", b, reason)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(stray, old, old); err != nil {
		t.Fatal(err)
	}
	if err := c.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{stray, filepath.Join(workDir(c), "job-1")} {
		if _, err := os.Stat(d); !os.IsNotExist(err) {
			t.Errorf("%s is still there", d)
		}
	}

	lost := filepath.Join(dirOf(t, c, a.ID), a.Renditions[0].Segments[1].Name)
	if err := os.Truncate(lost, 10); err != nil {
		t.Fatal(err)
	}
	c = open()
	if _, err := c.Asset(t.Context(), a.ID); !errors.Is(err, ErrUnknownAsset) {
		t.Errorf("an asset with half a file: %v", err)
	}
	// The profile is known from the index; nobody has added it again.
	if again, reason := settled(t, c, small().ID(), path); again == nil || again.ID != a.ID {
		t.Errorf("the same bytes for the same profile are asset %s and %+v (%s)", a.ID, again, reason)
	}
}

func TestDiskLimit(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	index := newMemory()
	c := testCache(t, func(o *Options) {
		o.Index, o.MaxBytes, o.Keep = index, 1, time.Minute
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	})
	first := prepared(t, c, small(), mediatest.Creative(t, "1", "320x180", "0.5"))

	other := mediatest.Creative(t, "3", "320x180", "0.5")
	if _, reason := settled(t, c, small().ID(), other); reason != avail.TranscodeFailed {
		t.Fatalf("full of assets in use: %s", reason)
	}
	clock.Add(61)
	// A session that lists the asset reads it again and again.
	if _, err := c.Asset(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if _, reason := settled(t, c, small().ID(), other); reason != avail.TranscodeFailed {
		t.Fatalf("full of assets that decisions list: %s", reason)
	}
	clock.Add(121)
	second := prepared(t, c, small(), other)
	if _, err := c.Asset(t.Context(), first.ID); !errors.Is(err, ErrUnknownAsset) {
		t.Errorf("the least recently used asset: %v", err)
	}
	if _, err := os.Stat(dirOf(t, c, first.ID)); !os.IsNotExist(err) || index.count("asset") != 1 {
		t.Errorf("its files: %v, %d documents", err, index.count("asset"))
	}
	if got, want := testutil.ToFloat64(c.opts.Metrics.bytes), float64(statusOf(t, c, second.ID).Bytes); got != want || want == 0 {
		t.Errorf("%g bytes counted, %g kept", got, want)
	}
	if _, err := c.Asset(t.Context(), second.ID); err != nil {
		t.Error(err)
	}
}

// gate is a Fetcher that fails while it is closed.
type gate struct {
	*files
	open *atomic.Bool
}

func (g gate) DownloadIf(ctx context.Context, url string, known egress.Validators, n int64, w io.Writer) (egress.Validators, error) {
	if !g.open.Load() {
		g.calls.Add(1)
		return egress.Validators{}, errors.New("closed")
	}
	return g.files.DownloadIf(ctx, url, known, n, w)
}

// Nothing but an asset's own files can be reached, whatever a client asks for.
func TestOpen(t *testing.T) {
	t.Parallel()
	c := testCache(t, nil)
	a := prepared(t, c, small(), mediatest.Creative(t, "1", "320x180", "0.5"))
	name := a.Renditions[0].Segments[0].Name
	f, err := c.Open(t.Context(), a.ID, name)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, bad := range [][2]string{
		{a.ID, ""}, {a.ID, "."}, {a.ID, ".."}, {a.ID, "../" + a.ID + "/" + name}, {a.ID, "./" + name},
		{a.ID, name + "/"}, {a.ID, "v0-00099.ts"}, {a.ID, name + "\x00"}, {a.ID, strings.ToUpper(name)},
		{"", name}, {"..", name}, {a.ID[:31], name}, {"../" + a.ID[:2] + "/" + a.ID, name}, {strings.ToUpper(a.ID), name},
	} {
		if _, err := c.Open(t.Context(), bad[0], bad[1]); !errors.Is(err, ErrUnknownAsset) {
			t.Errorf("Open(%q, %q): %v", bad[0], bad[1], err)
		}
	}
	for _, id := range []string{"", "../..", strings.Repeat("0", 32), strings.Repeat("Z", 32)} {
		if _, err := c.Asset(t.Context(), id); !errors.Is(err, ErrUnknownAsset) {
			t.Errorf("Asset(%q): %v", id, err)
		}
	}
}

// A store that fails costs ads, and nothing else.
func TestIndexFails(t *testing.T) {
	t.Parallel()
	index := newMemory()
	c := testCache(t, func(o *Options) { o.Index = index })
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	index.mu.Lock()
	index.err = errors.New("disk I/O error")
	index.mu.Unlock()
	if _, reason := settled(t, c, small().ID(), path); reason != avail.InternalError {
		t.Errorf("reason %s", reason)
	}
	if ids, _ := filepath.Glob(filepath.Join(c.opts.Dir, "assets", "*", "*")); len(ids) > 0 {
		t.Errorf("unindexed assets %v", ids)
	}
	if _, err := New(t.Context(), Options{Dir: t.TempDir(), Index: index, Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("a cache opened without its index")
	}
}

func BenchmarkLookup(b *testing.B) {
	c := benchCache(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if a, reason := c.Lookup(context.Background(), "p", avail.Creative{Key: "k", URL: "u"}); a == nil {
				b.Error(reason)
			}
		}
	})
}

func BenchmarkAsset(b *testing.B) {
	c, id := benchCache(b), identity.AssetID("p", &identity.Source{Content: "c"}, avail.Creative{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Asset(context.Background(), id); err != nil {
				b.Error(err)
			}
		}
	})
}

func benchCache(b *testing.B) *Cache {
	b.Helper()
	c, err := New(b.Context(), Options{Dir: b.TempDir(), Index: newMemory(), Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	creative := avail.Creative{Key: "k", URL: "u"}
	known := &identity.Source{Content: "c", Checked: time.Now()}
	if err := c.sources.Put(b.Context(), c.opts.Volatile.SourceID("p", creative), known); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, encode.OutDir), 0o755), os.WriteFile(filepath.Join(dir, encode.OutDir, "v0-0.ts"), []byte("x"), 0o600)); err != nil {
		b.Fatal(err)
	}
	if _, err := c.stock.Publish(b.Context(), dir, &stock.Record{Asset: avail.Asset{ID: identity.AssetID("p", known, creative)}}); err != nil {
		b.Fatal(err)
	}
	return c
}

// dripping is a Fetcher of files whose URLs with a host never end. It counts those by the
// host.
type dripping struct {
	files
	mu    sync.Mutex
	hosts map[string]int
}

func (d *dripping) DownloadIf(ctx context.Context, url string, known egress.Validators, maxBytes int64, w io.Writer) (egress.Validators, error) {
	if _, host, ok := strings.Cut(url, "://"); ok {
		host, _, _ = strings.Cut(strings.ToLower(host), "/")
		d.mu.Lock()
		d.hosts[host]++
		d.mu.Unlock()
		return drip{}.DownloadIf(ctx, url, known, maxBytes, w)
	}
	return d.files.DownloadIf(ctx, url, known, maxBytes, w)
}

// TestDrippingHosts: servers that drip hold their own creatives up, not those of
// others: the one worker of this cache would be theirs for hours.
func TestDrippingHosts(t *testing.T) {
	t.Parallel()
	fetcher := &dripping{hosts: map[string]int{}}
	c := testCache(t, func(o *Options) { o.Fetcher, o.FetchTimeout = fetcher, time.Hour })
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		url := fmt.Sprintf("http://%s.example/%d", []string{"slow", "SLOWER"}[i%2], i)
		if _, reason := c.Lookup(t.Context(), p.ID(), avail.Creative{Key: url, URL: url}); reason != avail.CreativeNew {
			t.Fatalf("%s: %s", url, reason)
		}
	}
	if a, reason := settled(t, c, p.ID(), mediatest.Creative(t, "1", "320x180", "0.5")); a == nil {
		t.Error(reason)
	}
	fetcher.mu.Lock()
	defer fetcher.mu.Unlock()
	if slow, slower := fetcher.hosts["slow.example"], fetcher.hosts["slower.example"]; slow != 2 || slower != 2 {
		t.Errorf("places are taken: %v", fetcher.hosts)
	}
}
