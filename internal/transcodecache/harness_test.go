package transcodecache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/egress"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/jobs"
	"stitcher/internal/transcodecache/profile"
)

// second is a second in microseconds.
const second = int64(1_000_000)

// start90k is where the transport streams of an asset begin on the 90 kHz clock.
const start90k = 900_000

// fragile is an Index in memory.
type fragile struct {
	memory.Documents
	mu  sync.Mutex
	err error // where set, every call fails
}

func newMemory() *fragile { return new(fragile) }

func (f *fragile) broken() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fragile) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	if err := f.broken(); err != nil {
		return 0, err
	}
	return f.Documents.PutDocument(ctx, kind, id, version, body)
}

func (f *fragile) Document(ctx context.Context, kind, id string) (store.Document, error) {
	if err := f.broken(); err != nil {
		return store.Document{}, err
	}
	return f.Documents.Document(ctx, kind, id)
}

func (f *fragile) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	if err := f.broken(); err != nil {
		return nil, err
	}
	return f.Documents.ListDocuments(ctx, kind, after, limit)
}

func (f *fragile) count(kind string) int {
	docs, _ := f.ListDocuments(context.Background(), kind, "", 1<<20)
	return len(docs)
}

// files is a Fetcher whose URLs are paths on disk.
type files struct{ calls atomic.Int64 }

var errNoFile = errors.New("404 Not Found")

func (f *files) DownloadIf(_ context.Context, url string, _ egress.Validators, _ int64, w io.Writer) (egress.Validators, error) {
	f.calls.Add(1)
	file, err := os.Open(url)
	if err != nil {
		return egress.Validators{}, errNoFile
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return egress.Validators{}, err
}

// testCache opens a cache and lets it work until the test ends.
func testCache(t *testing.T, change func(*Options)) *Cache {
	t.Helper()
	opts := Options{
		Dir: t.TempDir(), Index: newMemory(), Leases: memory.NewLeases(time.Now), Fetcher: &files{}, Workers: 1,
		Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&opts)
	}
	c, err := New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// settled looks a creative up until its job has ended.
func settled(t *testing.T, c *Cache, profile, path string) (*avail.Asset, avail.Reason) {
	t.Helper()
	return settledAs(t, c, profile, avail.Creative{Key: path, URL: path})
}

func settledAs(t *testing.T, c *Cache, profile string, creative avail.Creative) (*avail.Asset, avail.Reason) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		a, reason := c.Lookup(t.Context(), profile, creative)
		if reason != avail.CreativeNew && reason != avail.CreativeTranscoding {
			return a, reason
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the job didn't end")
		case <-tick.C:
		}
	}
}

// prepared makes the asset of a creative, or fails the test.
func prepared(t *testing.T, c *Cache, p profile.Profile, path string) *avail.Asset {
	t.Helper()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	a, reason := settled(t, c, p.ID(), path)
	if a == nil {
		t.Fatalf("%s: %s: %v", path, reason, lastError(c))
	}
	return a
}

// lastError gives what the failed jobs complained of, by URL, once the index has the
// ends of all jobs, or after a while.
func lastError(c *Cache) map[string]string {
	all := map[string]string{}
	for _, j := range ended(c) {
		all[j.Creative.URL] = j.Message
	}
	return all
}

// ended gives the jobs of the index, once all of them have failed, or after a while.
func ended(c *Cache) []jobs.Job {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		all, err := c.jobs.List(context.Background(), "", 100)
		if time.Now().After(deadline) || err == nil && !slices.ContainsFunc(all, func(j jobs.Job) bool { return j.Waits() }) {
			return all
		}
	}
}

// dirOf is the directory of an asset's files.
func dirOf(t *testing.T, c *Cache, id string) string {
	t.Helper()
	f, err := blob.NewFile(c.opts.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return f.Dir(id)
}

// workDir is where jobs have their directories.
func workDir(c *Cache) string { return filepath.Join(c.opts.Dir, "tmp") }

// profileFor inspects all renditions of a content and composes their profile.
func profileFor(ctx context.Context, contents []profile.Content, target int64) (profile.Profile, []string, error) {
	specs := make([]profile.Spec, len(contents))
	for i := range contents {
		contents[i].Demuxed = slices.ContainsFunc(contents, func(c profile.Content) bool { return c.Kind == profile.AudioKind })
		var err error
		if specs[i], err = profile.Inspect(ctx, &contents[i]); err != nil {
			return profile.Profile{}, nil, fmt.Errorf("content %d: %w", i, err)
		}
	}
	return profile.Compose(contents, specs, target)
}
