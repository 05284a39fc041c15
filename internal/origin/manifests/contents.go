package manifests

import (
	"container/list"
	"crypto/sha256"
	"net/url"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// contents keeps each body of a manifest once, with all that was compiled from it, however
// many URLs returned it, because a client can make new URLs with a query but not new bytes
// of the origin. It is bounded in bytes and removes the least recently used body first.
type contents struct {
	max int64
	// gauge is told of bytes.
	gauge prometheus.Gauge

	mu    sync.Mutex
	bytes int64
	byKey map[contentKey]*content
	// recent are the contents, the most recently used first.
	recent list.List
}

// contentKey is what a compilation depends on beside its options.
type contentKey struct {
	format *Format
	base   string
	sum    [sha256.Size]byte
}

// content is a body of a manifest. Its key, body and base never change.
type content struct {
	key  contentKey
	body []byte
	base *url.URL

	// compiling is held while something is compiled from the body; made is read and
	// written under it.
	compiling sync.Mutex
	made      map[string]made

	// Guarded by contents.mu: the URLs that answer the body, its place in recent and
	// its weight in bytes.
	users  map[*entry]struct{}
	place  *list.Element
	weight int64
}

// made is what was compiled from a body under a key.
type made struct {
	value any
	pace  Pace
}

const (
	// compiledWeight is how many bytes a compiled manifest takes for each byte of
	// its text, estimated from the parts of a compiled playlist: the text that is
	// written to viewers, the table of segments, the timeline and the deflated
	// pieces.
	compiledWeight = 5
	// maxCompiled bounds how often one body is compiled: under options that viewers
	// choose, such as manifest parameters, only a few are kept.
	maxCompiled = 64
)

func newContents(maximum int64, gauge prometheus.Gauge) *contents {
	return &contents{max: maximum, gauge: gauge, byKey: map[contentKey]*content{}}
}

// keyOf is the key of a body, and the base that its URIs resolve against. A query
// takes no part in that (RFC 3986 §5.2.2) unless the manifest reads it.
func keyOf(f *Format, body []byte, base *url.URL) (contentKey, *url.URL) {
	if f.ReadsQuery != nil && !f.ReadsQuery(body) && (base.RawQuery != "" || base.ForceQuery) {
		plain := *base
		plain.RawQuery, plain.ForceQuery = "", false
		base = &plain
	}
	return contentKey{f, base.String(), sha256.Sum256(body)}, base
}

// known says whether a body is kept.
func (c *contents) known(key contentKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byKey[key] != nil
}

// assign makes e answer a body, which nothing changes any more.
func (c *contents) assign(e *entry, key contentKey, body []byte, base *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.byKey[key]
	if x == nil {
		x = &content{key: key, body: body, base: base, made: map[string]made{}, users: map[*entry]struct{}{}}
		x.place = c.recent.PushFront(x)
		c.byKey[key] = x
		c.weigh(x, int64(len(body)))
	}
	c.recent.MoveToFront(x.place)
	old := e.content.Swap(x)
	x.users[e] = struct{}{}
	if old != nil && old != x {
		c.leave(e, old)
	}
	c.fit()
}

// release is called when a URL is forgotten.
func (c *contents) release(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := e.content.Swap(nil); old != nil {
		c.leave(e, old)
	}
}

// leave drops a body that no URL answers any more. It is called with mu held.
func (c *contents) leave(e *entry, x *content) {
	delete(x.users, e)
	if len(x.users) == 0 && c.byKey[x.key] == x {
		c.drop(x)
	}
}

// used notes that a body is in use and by how many bytes it has grown or shrunk.
func (c *contents) used(x *content, grown int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[x.key] != x {
		return // it was dropped meanwhile
	}
	c.recent.MoveToFront(x.place)
	c.weigh(x, grown)
	c.fit()
}

func (c *contents) weigh(x *content, grown int64) {
	x.weight += grown
	c.bytes += grown
	c.gauge.Set(float64(c.bytes))
}

// fit removes the least recently used bodies until the rest fits. The newest one stays,
// whatever its size. It is called with mu held.
func (c *contents) fit() {
	for c.bytes > c.max && c.recent.Len() > 1 {
		x := c.recent.Back().Value.(*content)
		for e := range x.users {
			e.content.CompareAndSwap(x, nil)
		}
		c.drop(x)
	}
}

func (c *contents) drop(x *content) {
	delete(c.byKey, x.key)
	c.recent.Remove(x.place)
	c.bytes -= x.weight
	c.gauge.Set(float64(c.bytes))
}

// last is what was compiled of a body under a key; nil if it was not.
func (x *content) last(key string) any {
	x.compiling.Lock()
	defer x.compiling.Unlock()
	return x.made[key].value
}

// compiled is what compile makes of a body, once under a key.
func (c *contents) compiled(x *content, key string, compile func(body []byte, base *url.URL) (any, Pace, error)) (made, error) {
	x.compiling.Lock()
	m, ok := x.made[key]
	var grown int64
	if !ok {
		var err error
		if m.value, m.pace, err = compile(x.body, x.base); err != nil {
			x.compiling.Unlock()
			return made{}, err
		}
		one := compiledWeight * int64(len(x.body))
		grown = one
		if len(x.made) >= maxCompiled {
			grown -= one * int64(len(x.made))
			clear(x.made)
		}
		x.made[key] = m
	}
	x.compiling.Unlock()
	c.used(x, grown)
	return m, nil
}
