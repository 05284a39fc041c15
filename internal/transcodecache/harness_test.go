package transcodecache

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
)

// memory is an Index in a map.
type memory struct {
	mu   sync.Mutex
	docs map[string][]byte
	err  error // where set, every call fails
}

func newMemory() *memory { return &memory{docs: map[string][]byte{}} }

func (m *memory) PutDocument(_ context.Context, kind, id string, doc []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.docs[kind+"/"+id] = slices.Clone(doc)
	}
	return m.err
}

func (m *memory) Document(_ context.Context, kind, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.docs[kind+"/"+id], m.err
}

func (m *memory) Documents(_ context.Context, kind, after string, limit int) ([]avail.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var facts []avail.Fact
	for key, doc := range m.docs {
		if id, ok := strings.CutPrefix(key, kind+"/"); ok && id > after {
			facts = append(facts, avail.Fact{Key: id, Value: doc})
		}
	}
	slices.SortFunc(facts, func(a, b avail.Fact) int { return strings.Compare(a.Key, b.Key) })
	return facts[:min(len(facts), limit)], m.err
}

func (m *memory) DeleteDocument(_ context.Context, kind, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.docs, kind+"/"+id)
	return m.err
}

func (m *memory) count(kind string) int {
	facts, _ := m.Documents(context.Background(), kind, "", 1<<20)
	return len(facts)
}

// files is a Fetcher whose URLs are paths on disk.
type files struct{ calls atomic.Int64 }

var errNoFile = errors.New("404 Not Found")

func (f *files) Download(_ context.Context, url string, maxBytes int64, w io.Writer) error {
	f.calls.Add(1)
	file, err := os.Open(url)
	if err != nil {
		return errNoFile
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// testCache opens a cache and lets it work until the test ends.
func testCache(t *testing.T, change func(*Options)) *Cache {
	t.Helper()
	opts := Options{
		Dir: t.TempDir(), Index: newMemory(), Fetcher: &files{}, Workers: 1,
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
func prepared(t *testing.T, c *Cache, p Profile, path string) *avail.Asset {
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

// lastError gives what the failed jobs complained of, by URL.
func lastError(c *Cache) map[string]string {
	all := map[string]string{}
	for _, s := range c.Creatives() {
		all[s.URL] = s.Message
	}
	return all
}
