package transcodecache

import (
	"context"
	"io"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/mediatest"
)

// web is a Fetcher of URLs whose files can change. It counts what it sends.
type web struct {
	mu sync.Mutex
	// pages are the files by URL; what is not there is 404.
	pages map[string]page
	// sent are the bodies that were sent, same the answers that said not modified.
	sent, same map[string]int
}

type page struct{ path, etag string }

func newWeb(pages map[string]page) *web {
	return &web{pages: pages, sent: map[string]int{}, same: map[string]int{}}
}

func (w *web) DownloadIf(_ context.Context, url string, known egress.Validators, _ int64, to io.Writer) (egress.Validators, error) {
	w.mu.Lock()
	p, ok := w.pages[url]
	unchanged := ok && p.etag != "" && known.ETag == p.etag
	if unchanged {
		w.same[url]++
	} else {
		w.sent[url]++
	}
	w.mu.Unlock()
	if !ok {
		return egress.Validators{}, &egress.StatusError{Status: 404}
	}
	if unchanged {
		return known, egress.ErrNotModified
	}
	body, err := os.ReadFile(p.path)
	if err == nil {
		_, err = to.Write(body)
	}
	return egress.Validators{ETag: p.etag}, err
}

func (w *web) put(url string, p page) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[url] = p
}

func (w *web) counts() (sent, same map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.sent), maps.Clone(w.same)
}

// webCache is a cache over a web, with a clock in seconds.
func webCache(t *testing.T, w *web, clock *atomic.Int64, change func(*Options)) *Cache {
	t.Helper()
	c := testCache(t, func(o *Options) {
		o.Fetcher = w
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
		if change != nil {
			change(o)
		}
	})
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNobodyChoosesAnothersFilm: a UniversalAdId or a creative's id in one answer
// decided what the viewers of other advertisers see, in every configuration, and whether
// they see anything (issue 13).
func TestNobodyChoosesAnothersFilm(t *testing.T) {
	t.Parallel()
	evil, good := mediatest.Creative(t, "1", "320x180", "0.5"), mediatest.Creative(t, "3", "320x180", "0.5")
	const id = "universal ad-id.org ABCD0001000H"
	for _, tc := range []struct {
		name        string
		first, then avail.Creative
	}{
		{"the same configuration and ad server",
			avail.Creative{Key: id, URL: "http://evil/film", Configuration: "a", AdServer: "x"},
			avail.Creative{Key: id, URL: "http://good/film", Configuration: "a", AdServer: "x"}},
		{"another ad server",
			avail.Creative{Key: id, URL: "http://evil/film", Configuration: "a", AdServer: "evil"},
			avail.Creative{Key: id, URL: "http://good/film", Configuration: "a", AdServer: "good"}},
		{"another configuration",
			avail.Creative{Key: id, URL: "http://evil/film", Configuration: "a", AdServer: "x"},
			avail.Creative{Key: id, URL: "http://good/film", Configuration: "b", AdServer: "x"}},
		{"a film that is not there",
			avail.Creative{Key: id, URL: "http://evil/absent", Configuration: "a", AdServer: "x"},
			avail.Creative{Key: id, URL: "http://good/film", Configuration: "a", AdServer: "x"}},
		{"one id, two queries",
			avail.Creative{Key: "creative 7 http://cdn/get?film=evil", URL: "http://cdn/get?film=evil", Configuration: "a", AdServer: "x"},
			avail.Creative{Key: "creative 7 http://cdn/get?film=good", URL: "http://cdn/get?film=good", Configuration: "a", AdServer: "x"}},
	} {
		w := newWeb(map[string]page{
			"http://evil/film": {path: evil}, "http://cdn/get?film=evil": {path: evil},
			"http://good/film": {path: good}, "http://cdn/get?film=good": {path: good},
		})
		c := webCache(t, w, new(atomic.Int64), func(o *Options) { o.Volatile = identity.NewVolatile(identity.DefaultVolatile) })
		settledAs(t, c, small().ID(), tc.first)
		a, reason := settledAs(t, c, small().ID(), tc.then)
		if a == nil || a.Duration < 2*second {
			t.Errorf("%s: the film is %+v, reason %q", tc.name, a, reason)
		}
	}
}

// TestFailureStaysWhereItWas: the failure of a URL is that of one configuration and ad
// server, since another may have another token for it.
func TestFailureStaysWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWeb(map[string]page{"http://cdn/film?token=right": {path: mediatest.Creative(t, "1", "320x180", "0.5")}})
	c := webCache(t, w, new(atomic.Int64), func(o *Options) { o.Volatile = identity.NewVolatile("token") })
	for _, ask := range []struct {
		configuration, server, token string
		want                         avail.Reason
	}{
		{"a", "x", "wrong", avail.CreativeUnfetchable},
		{"a", "x", "right", avail.CreativeUnfetchable}, // until the next try
		{"a", "y", "right", ""},
		{"b", "x", "right", ""},
	} {
		_, reason := settledAs(t, c, small().ID(), avail.Creative{URL: "http://cdn/film?token=" + ask.token, Configuration: ask.configuration, AdServer: ask.server})
		if reason != ask.want {
			t.Errorf("%+v: %q", ask, reason)
		}
	}
}

// TestSameBytes: what has the same bytes is transcoded once, whatever its URL, and URLs
// that differ in volatile parameters are fetched once.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	film := mediatest.Creative(t, "1", "320x180", "0.5")
	w := newWeb(map[string]page{
		"http://cdn/film?v=1&cb=1": {path: film}, "http://cdn/film?v=1&cb=2": {path: film},
		"http://cdn/film?v=2": {path: film}, "http://other/film": {path: film},
	})
	c := webCache(t, w, new(atomic.Int64), func(o *Options) { o.Volatile = identity.NewVolatile("cb") })
	var first *avail.Asset
	for url, configuration := range map[string]string{
		"http://cdn/film?v=1&cb=1": "a", "http://cdn/film?v=2": "a", "http://other/film": "b",
	} {
		a, reason := settledAs(t, c, small().ID(), avail.Creative{URL: url, Configuration: configuration})
		if a == nil || first != nil && a != first {
			t.Fatalf("%s: %+v (%s), want %+v", url, a, reason, first)
		}
		first = a
	}
	if a, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{URL: "http://cdn/film?v=1&cb=2", Configuration: "a"}); a != first {
		t.Errorf("another cache buster is another film: %s", reason)
	}
	if sent, _ := w.counts(); sent["http://cdn/film?v=1&cb=1"] != 1 || sent["http://cdn/film?v=1&cb=2"] != 0 {
		t.Errorf("fetched: %v", sent)
	}
	if n := c.opts.Index.(*fragile).count("asset"); n != 1 {
		t.Errorf("%d assets of one content", n)
	}
}

// TestRevalidation: a file that changes under its URL is prepared anew. The old one is
// shown until the new one is ready, and while the server is down.
func TestRevalidation(t *testing.T) {
	t.Parallel()
	const url = "http://cdn/film"
	one, two := mediatest.Creative(t, "1", "320x180", "0.5"), mediatest.Creative(t, "3", "320x180", "0.5")
	w, clock := newWeb(map[string]page{url: {one, `"1"`}}), new(atomic.Int64)
	c := webCache(t, w, clock, func(o *Options) { o.Revalidate = time.Minute })
	look := func() *avail.Asset {
		a, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{URL: url})
		if a == nil {
			t.Fatalf("after %d s: %s", clock.Load(), reason)
		}
		return a
	}
	first, reason := settledAs(t, c, small().ID(), avail.Creative{URL: url})
	if first == nil {
		t.Fatal(reason)
	}
	until := func(what string, done func() bool) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		// A look that finds the job before still about to end asks nothing.
		for !done() {
			look()
			select {
			case <-t.Context().Done():
				t.Fatal("never: " + what)
			case <-tick.C:
			}
		}
	}
	source := c.opts.Volatile.SourceID(small().ID(), avail.Creative{URL: url})

	clock.Add(59)
	look()
	clock.Add(1)
	look()
	until("not modified", func() bool { _, same := w.counts(); return same[url] == 1 })
	until("checked", func() bool { return c.sources.Cached(source).Checked.Unix() == 1_800_000_060 })

	w.put(url, page{two, `"2"`})
	clock.Add(60)
	if look() != first {
		t.Error("the old film was not shown while the new one was prepared")
	}
	until("the new film", func() bool { return look() != first })
	second := look()
	if second.ID == first.ID || second.Duration <= first.Duration {
		t.Errorf("the new film is %+v", second)
	}

	w.mu.Lock()
	delete(w.pages, url)
	w.mu.Unlock()
	clock.Add(60)
	look()
	until("the server is down", func() bool { sent, _ := w.counts(); return sent[url] == 3 })
	if look() != second {
		t.Error("a server that is down took its film away")
	}
}
