package manifests

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/egress"
)

// answers is an origin whose answer depends on the path alone, unless vary is set.
type answers struct {
	vary    bool
	fetched int
}

func (a *answers) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	a.fetched++
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	body := u.Path
	if a.vary {
		body += u.RawQuery
	}
	return &egress.Response{Status: http.StatusOK, URL: u, Body: []byte(body + strings.Repeat("x", 1000))}, nil
}

func manifestsOf(t *testing.T, f Fetcher, most int64) *Manifests {
	t.Helper()
	m, err := New(Options{
		Fetcher: f, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 10_000, CacheBytes: most, Now: time.Now,
		Metrics: NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestEqualBytesAreOneTemplate: what is compiled is kept by its bytes and the base of
// its URIs, not by the query that it was asked for with.
func TestEqualBytesAreOneTemplate(t *testing.T) {
	for _, c := range []struct {
		name, second string
		readsQuery   bool
		key          string
		compiled     int
	}{
		{"another query", "/a.m3u8?token=2", false, "", 1},
		{"a query that the playlist reads", "/a.m3u8?token=2", true, "", 2},
		{"other options", "/a.m3u8?token=2", false, "k", 2},
		{"another path", "/b.m3u8?token=1", false, "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := manifestsOf(t, &answers{}, 1<<20)
			f := &Format{Check: passes, ReadsQuery: func([]byte) bool { return c.readsQuery }}
			compiled := 0
			for i, address := range []string{"/a.m3u8?token=1", c.second} {
				key := ""
				if i == 1 {
					key = c.key
				}
				_, err := Compiled(t.Context(), m, "http://o"+address, f, key, false, func([]byte, *url.URL) (int, Pace, error) {
					compiled++
					return 0, Pace{Target: time.Minute}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if compiled != c.compiled {
				t.Errorf("compiled %d times, want %d", compiled, c.compiled)
			}
		})
	}
}

// TestContentsAreBounded: bodies that differ are kept up to a number of bytes; what
// was dropped is fetched again when it is asked for.
func TestContentsAreBounded(t *testing.T) {
	const most = 100_000
	o := &answers{vary: true}
	m := manifestsOf(t, o, most)
	f := &Format{Check: passes, ReadsQuery: func([]byte) bool { return false }}
	get := func(i int) {
		t.Helper()
		_, err := Compiled(t.Context(), m, fmt.Sprintf("http://o/a?%d", i), f, "", false, func(b []byte, _ *url.URL) (int, Pace, error) {
			return len(b), Pace{Target: time.Hour, Ended: true}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if m.contents.bytes > most {
			t.Fatalf("%d bytes are kept, %d are the most", m.contents.bytes, most)
		}
	}
	for i := range 500 {
		get(i)
	}
	if len(m.contents.byKey) == 0 || len(m.contents.byKey) != m.contents.recent.Len() {
		t.Errorf("%d bodies, %d of them in order", len(m.contents.byKey), m.contents.recent.Len())
	}
	before := o.fetched
	get(499)
	if o.fetched != before {
		t.Error("what was used last was dropped")
	}
	get(0)
	if o.fetched != before+1 {
		t.Errorf("a body that was dropped was fetched %d times", o.fetched-before)
	}
}

// TestOldBodiesGo: a body that its URL has replaced is not kept.
func TestOldBodiesGo(t *testing.T) {
	m := manifestsOf(t, &answers{}, 1<<20)
	f := &Format{Check: passes, ReadsQuery: func([]byte) bool { return false }}
	base := &url.URL{Scheme: "http", Host: "o", Path: "/a"}
	for i := range 100 {
		m.Offer("http://o/a", f, fmt.Append(nil, "body ", i), base)
	}
	if n := len(m.contents.byKey); n != 1 {
		t.Errorf("%d bodies of one URL are kept", n)
	}
	m.entries.InvalidateAll()
	m.entries.CleanUp()
	m.contents.mu.Lock()
	defer m.contents.mu.Unlock()
	if m.contents.bytes < 0 {
		t.Errorf("%d bytes are counted", m.contents.bytes)
	}
}

// passes takes every body.
func passes([]byte, *url.URL, Compilation) (Compilation, error) { return Compilation{}, nil }
