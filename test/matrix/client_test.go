package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// client is a strict player: it polls every rendition of its session, holds
// every answer to the rules, and fetches every ad segment once.
type client struct {
	w      *world
	id     string
	master string
	urls   []string
	kinds  []string
	last   []*listing.Listing
	bodies []string
	seen   []map[int64]string
	// ads are the ad segments that each rendition listed; content the others.
	ads, content []map[string]bool
	order        [][]string
	fetched      map[string]bool
	// excused are the rules that the origin itself breaks.
	excused map[string]bool
	slowest time.Duration
	// polls counts the playlists that it was given.
	polls  int
	length []map[string]int64
}

// join starts a session.
func (w *world) join(asset string) *client {
	w.t.Helper()
	c := &client{w: w, fetched: map[string]bool{}, excused: map[string]bool{}}
	c.master = "http://viewer.example/v1/master/" + w.hash + "/" + configuration + "/" + asset
	began := time.Now()
	a := w.get(c.master)
	c.slowest = time.Since(began)
	if a.Code != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", c.master, a.Code, a.Body)
	}
	base, err := url.Parse(c.master)
	if err != nil {
		w.t.Fatal(err)
	}
	p, violations := listing.ReadPresentation(a.Body.Bytes(), base)
	for _, v := range violations {
		if v.Rule != rule.CodecsMissing {
			w.t.Errorf("multivariant playlist: %s\n%s", v, a.Body)
		}
	}
	add := func(uri, kind string) {
		u, err := base.Parse(uri)
		if err != nil {
			w.t.Fatal(err)
		}
		c.urls, c.kinds = append(c.urls, u.String()), append(c.kinds, kind)
	}
	for _, v := range p.Variants {
		add(v.URI, "video")
	}
	for _, m := range p.Media {
		if m.URI != "" {
			add(m.URI, strings.ToLower(m.Type))
		}
	}
	n := len(c.urls)
	c.last, c.bodies, c.order = make([]*listing.Listing, n), make([]string, n), make([][]string, n)
	for range n {
		c.seen = append(c.seen, map[int64]string{})
		c.ads, c.content = append(c.ads, map[string]bool{}), append(c.content, map[string]bool{})
		c.length = append(c.length, map[string]int64{})
	}
	if n > 0 {
		c.id = strings.Split(strings.TrimPrefix(c.urls[0], "http://viewer.example/"), "/")[4]
	}
	return c
}

// poll asks for every rendition once and checks all answers.
func (c *client) poll() {
	c.w.t.Helper()
	for i := range c.urls {
		c.pollOne(i)
	}
	for _, v := range check.Renditions(c.last...) {
		c.violation(0, v, "")
	}
}

func (c *client) pollOne(i int) {
	c.w.t.Helper()
	began := time.Now()
	a := c.w.get(c.urls[i])
	c.slowest = max(c.slowest, time.Since(began))
	if a.Code != http.StatusOK {
		c.w.t.Errorf("%v: GET %s: %d %s", c.w.now(), c.urls[i], a.Code, a.Body)
		return
	}
	c.polls++
	body := a.Body.String()
	l, violations := listing.Read(a.Body.Bytes())
	violations = append(violations, check.Playlist(l)...)
	if c.last[i] != nil {
		violations = append(violations, check.Update(c.last[i], l)...)
	}
	for _, v := range violations {
		c.violation(i, v, body)
	}
	if len(l.Segments) == 0 {
		c.w.t.Errorf("%v: rendition %d lists nothing", c.w.now(), i)
	}
	base, err := url.Parse(c.urls[i])
	if err != nil {
		c.w.t.Fatal(err)
	}
	for k := range l.Segments {
		s := &l.Segments[k]
		u, err := base.Parse(s.URI)
		if err != nil {
			c.w.t.Errorf("URI %q: %v", s.URI, err)
			continue
		}
		plain := u.String()
		if s.Range != nil {
			plain += fmt.Sprint("@", s.Range.Offset)
		}
		if old, ok := c.seen[i][s.Sequence]; ok && old != plain {
			c.w.t.Errorf("%v: rendition %d: %d was %s and is %s", c.w.now(), i, s.Sequence, old, plain)
		} else if !ok {
			c.order[i] = append(c.order[i], plain)
			c.length[i][plain] = s.Duration
		}
		c.seen[i][s.Sequence] = plain
		if isAd(plain) {
			c.ads[i][plain] = true
		} else {
			c.content[i][plain] = true
		}
	}
	c.last[i], c.bodies[i] = l, body
	c.watch(i)
}

func isAd(uri string) bool {
	return strings.Contains(uri, "/v1/segment/") || strings.Contains(uri, "/tm/")
}

// watch fetches the ad segments that were listed and not fetched yet.
func (c *client) watch(i int) {
	for _, uri := range slices.Sorted(mapKeys(c.ads[i])) {
		if c.fetched[uri] {
			continue
		}
		c.fetched[uri] = true
		if a := c.w.get(uri); a.Code != http.StatusFound || !strings.Contains(a.Header().Get("Location"), "/tm/") {
			c.w.t.Errorf("%v: GET %s: %d %s", c.w.now(), uri, a.Code, a.Body)
		}
	}
}

func mapKeys(m map[string]bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (c *client) violation(i int, v rule.Violation, body string) {
	c.w.t.Helper()
	if c.excused[v.Rule] {
		return
	}
	c.w.t.Errorf("%v: rendition %d: %s", c.w.now(), i, v)
	if os.Getenv("MATRIX_TRACE") != "" {
		c.w.t.Logf("before:\n%s\nnow:\n%s", c.bodies[i], body)
	}
}

// excuse names rules that the origin breaks itself.
func (c *client) excuse(rules ...string) *client {
	for _, r := range rules {
		c.excused[r] = true
	}
	return c
}

// follow polls every second until a time of the world.
func (c *client) follow(until time.Duration) *client {
	c.w.t.Helper()
	for c.w.now() < until && !c.w.t.Failed() {
		c.poll()
		time.Sleep(sec)
	}
	return c
}

// seconds is how much of a kind rendition i listed.
func (c *client) seconds(i int, ads bool) float64 {
	var sum int64
	for uri, d := range c.length[i] {
		if isAd(uri) == ads {
			sum += d
		}
	}
	return float64(sum) / 1e6
}

// wantAds holds every rendition to so many seconds of ads, give or take one.
func (c *client) wantAds(seconds float64) {
	c.w.t.Helper()
	for i := range c.urls {
		if got := c.seconds(i, true); got < seconds-1 || got > seconds+1 {
			c.w.t.Errorf("rendition %d listed %.1f s of ads, want %.1f", i, got, seconds)
		}
	}
	if c.slowest > 2200*ms {
		c.w.t.Errorf("a manifest took %v", c.slowest)
	}
}

// without says that no listed content has a URI that ends so: it was replaced.
func (c *client) without(i int, suffixes ...string) {
	c.w.t.Helper()
	for uri := range c.content[i] {
		for _, s := range suffixes {
			if strings.HasSuffix(uri, s) {
				c.w.t.Errorf("rendition %d listed %s, which is inside an avail", i, uri)
			}
		}
	}
}
