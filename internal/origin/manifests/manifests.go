package manifests

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"stitcher/internal/egress"
	"stitcher/internal/tracing"
)

// Fetcher is how the origin is asked; egress.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// StatusError is an answer of the origin that is no manifest.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("the origin answered %d", e.Status) }

// ErrUnusable says that what the origin sent is no playlist that can be
// played.
var ErrUnusable = errors.New("the origin's manifest is unusable")

// Options are the limits under which manifests are fetched.
type Options struct {
	Fetcher Fetcher
	// MaxBytes is the greatest manifest that is read.
	MaxBytes int64
	// Timeout bounds one fetch; MediaTailor's is 2 s.
	Timeout time.Duration
	// Entries bounds how many URLs are kept: origin URLs may carry viewers'
	// tokens, so anyone can make new ones.
	Entries int
	// CacheBytes bounds the manifests that are kept, with all that was compiled from
	// them; 0 is 256 MiB.
	CacheBytes int64
	Now        func() time.Time
	Metrics    *Metrics
}

// Manifests fetches manifests once for all their viewers and compiles them
// once. It is safe for use by many goroutines.
type Manifests struct {
	opt      Options
	entries  *otter.Cache[string, *entry]
	contents *contents
}

// New makes an empty cache.
func New(opt Options) (*Manifests, error) {
	kept := newContents(cmp.Or(opt.CacheBytes, 256<<20), opt.Metrics.bytes)
	c, err := otter.New(&otter.Options[string, *entry]{
		MaximumSize:      opt.Entries,
		OnDeletion:       func(e otter.DeletionEvent[string, *entry]) { kept.release(e.Value) },
		ExpiryCalculator: otter.ExpiryAccessing[string, *entry](10 * time.Minute),
	})
	if err != nil {
		return nil, fmt.Errorf("make manifest cache: %w", err)
	}
	return &Manifests{opt: opt, entries: c, contents: kept}, nil
}

// Close ends the upkeep of the cache; nothing is fetched any more after it.
func (t *Manifests) Close() { t.entries.StopAllGoroutines() }

// entry is one manifest URL.
type entry struct {
	mu sync.RWMutex
	// fetching is closed when the fetch under way ends; nil if there is none.
	fetching chan struct{}
	fetched  time.Time
	// good is when the body was last had from the origin.
	good time.Time
	err  error
	// failed is how many fetches in a row have failed.
	failed int
	pace   Pace
	// key is that under which it was last compiled.
	key string
	// content is what the URL answered; nil before it has, and after the memory was
	// needed for others.
	content atomic.Pointer[content]
}

// Manifest is what a URL answered.
type Manifest struct {
	Body []byte
	// Base is the final URL after redirects, without its query unless the manifest
	// reads it.
	Base *url.URL
}

// Refresh is how old a template may get: a quarter of the target duration.
func Refresh(target time.Duration) time.Duration {
	return min(max(target/4, 250*time.Millisecond), 2*time.Second)
}

// endedAge is how old a playlist may get that has ended.
const endedAge = time.Minute

// staleFor is how long a manifest is served while the origin fails, in target
// durations: a player has run dry by then.
const staleFor = 10

// Manifest fetches a URL as it is, at most once in a second for all callers.
func (t *Manifests) Manifest(ctx context.Context, address string, f *Format) (Manifest, error) {
	c, err := t.fresh(ctx, t.entry(address), address, f, time.Second, false)
	if err != nil {
		return Manifest{}, err
	}
	t.contents.used(c, 0)
	return Manifest{Body: c.body, Base: c.base}, nil
}

// Format is what a cache of manifests needs to know of HLS or DASH.
type Format struct {
	// Name is the format's label in metrics.
	Name string
	// Accept is the Accept header of a fetch.
	Accept string
	// Check says why a body is no manifest that can be played. before is what was compiled
	// of the body before it, under the key that was last asked for; its value is nil if
	// no body was compiled before. If Check gives a value, that is kept as the compilation under its key,
	// so that the body is read only once.
	Check func(body []byte, base *url.URL, before Compilation) (Compilation, error)
	// ReadsQuery is whether a manifest depends on the query of its URL, as a playlist
	// with EXT-X-DEFINE:QUERYPARAM does (RFC 8216bis §4.4.2.3); nil is that it does.
	ReadsQuery func(body []byte) bool
}

// Compilation is a manifest as it was compiled under a key.
type Compilation struct {
	Key   string
	Value any
	Pace  Pace
}

// Pace is how soon a manifest changes.
type Pace struct {
	// Target is the time between two updates: the target duration in HLS,
	// minimumUpdatePeriod in DASH.
	Target time.Duration
	// Ended is whether it will hardly change any more: it has EXT-X-ENDLIST or is
	// static.
	Ended bool
}

// Compiled is the manifest at a URL as compile makes it, once for all who ask under
// a key. force fetches again whatever the age.
func Compiled[T any](ctx context.Context, t *Manifests, address string, f *Format, key string, force bool,
	compile func(body []byte, base *url.URL) (T, Pace, error),
) (T, error) {
	var none T
	e := t.entry(address)
	e.mu.RLock()
	pace, last := e.pace, e.key
	e.mu.RUnlock()
	age := Refresh(pace.Target)
	if pace.Ended {
		age = endedAge
	}
	c, err := t.fresh(ctx, e, address, f, age, force)
	if err != nil {
		return none, err
	}
	m, err := t.contents.compiled(c, key, func(body []byte, base *url.URL) (any, Pace, error) { return compile(body, base) })
	if err != nil {
		return none, fmt.Errorf("%w: %s: %w", ErrUnusable, egress.Redact(address), err)
	}
	if m.pace != pace || key != last {
		e.mu.Lock()
		e.pace, e.key = m.pace, key
		e.mu.Unlock()
	}
	value, is := m.value.(T)
	if !is {
		return none, fmt.Errorf("%w: %s: compiled as %T", ErrUnusable, egress.Redact(address), m.value)
	}
	return value, nil
}

func (t *Manifests) entry(address string) *entry {
	if e, ok := t.entries.GetIfPresent(address); ok {
		return e
	}
	e, _ := t.entries.SetIfAbsent(address, &entry{pace: Pace{Target: 2 * time.Second}})
	return e
}

// fresh returns a body of the entry that is not older than age. If the origin fails, the
// last good manifest is returned and the origin is asked again only after age. If the
// origin is slow, the last good manifest is returned after slowOrigin.
func (t *Manifests) fresh(ctx context.Context, e *entry, address string, f *Format, age time.Duration, force bool) (*content, error) {
	asked := t.opt.Now()
	var slow <-chan time.Time
	for {
		c, err := e.ready(age, t.opt.Now(), asked, force)
		if c != nil || err != nil {
			return c, err
		}
		fetched, stale := t.join(ctx, e, address, f, func() bool {
			c, err := e.usable(age, t.opt.Now(), asked, force)
			return c != nil || err != nil
		})
		if stale != nil && !force && slow == nil {
			timer := time.NewTimer(slowOrigin)
			defer timer.Stop()
			slow = timer.C
		}
		select {
		case <-fetched:
		case <-slow:
			if stale == nil {
				slow = nil
				continue
			}
			t.opt.Metrics.stale()
			return stale, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// slowOrigin is how long a viewer waits for a refresh while there is a manifest
// to serve.
const slowOrigin = 500 * time.Millisecond

// ended is the channel of a fetch that is over.
var ended = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// join starts a fetch unless one is under way, and says whether there is a
// manifest that can be served meanwhile. The fetch is everyone's: it does not
// end with the request that began it.
func (t *Manifests) join(ctx context.Context, e *entry, address string, f *Format, ready func() bool) (done <-chan struct{}, stale *content) {
	e.mu.Lock()
	defer e.mu.Unlock()
	stale = e.serviceable(t.opt.Now())
	if e.fetching != nil {
		return e.fetching, stale
	}
	if ready() { // since it was last looked at, a fetch has ended
		return ended, stale
	}
	c := make(chan struct{})
	e.fetching = c
	go func() {
		defer close(c)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.opt.Timeout)
		defer cancel()
		ctx, span := tracing.Child(ctx, "origin fetch")
		span.Text("server.address", hostOf(address))
		start := t.opt.Now()
		body, base, err := t.fetch(ctx, address, f.Accept)
		var checked Compilation
		if err == nil {
			body, checked, err = t.check(e, f, body, base)
		}
		span.Number("http.response.body.size", len(body))
		what := outcomeOf(err)
		if err == nil {
			what = ""
		}
		span.End(what)
		t.opt.Metrics.observe(f.Name, start, t.opt.Now(), err)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.fetching = nil
		t.take(e, f, body, base, checked, err)
		if err != nil && e.serviceable(e.fetched) != nil {
			t.opt.Metrics.stale()
		}
	}()
	return c, stale
}

// hostOf is the host of a URL, "" if it is not a URL.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// check refuses a body that is no manifest: an error page with status 200 must
// not take the place of the last good one. It gives the body as it may be kept, and what was
// compiled of it on the way.
func (t *Manifests) check(e *entry, f *Format, body []byte, base *url.URL) ([]byte, Compilation, error) {
	c := e.content.Load()
	if c != nil && bytes.Equal(body, c.body) {
		return body, Compilation{}, nil
	}
	key, plain := keyOf(f, body, base)
	if t.contents.known(key) {
		return body, Compilation{}, nil
	}
	e.mu.RLock()
	before := Compilation{Key: e.key}
	e.mu.RUnlock()
	if c != nil {
		before.Value = c.last(before.Key)
	}
	body = bytes.Clone(body)
	checked, err := f.Check(body, plain, before)
	if err != nil {
		return body, Compilation{}, fmt.Errorf("%w: %s: %w", ErrUnusable, egress.Redact(base.String()), err)
	}
	return body, checked, nil
}

// Offer puts a manifest into the cache that another node has had from the origin.
func (t *Manifests) Offer(address string, f *Format, body []byte, base *url.URL) {
	e := t.entry(address)
	e.mu.Lock()
	defer e.mu.Unlock()
	t.take(e, f, bytes.Clone(body), base, Compilation{}, nil)
}

// take keeps what a fetch brought, and what was compiled of it. It is called with the entry's
// lock held.
func (t *Manifests) take(e *entry, f *Format, body []byte, base *url.URL, checked Compilation, err error) {
	now := t.opt.Now()
	e.fetched, e.err = now, err
	if err != nil {
		e.failed++
		return
	}
	e.good, e.failed = now, 0
	key, base := keyOf(f, body, base)
	t.contents.assign(e, key, body, base)
	if c := e.content.Load(); c != nil && checked.Value != nil {
		_, _ = t.contents.compiled(c, checked.Key, func([]byte, *url.URL) (any, Pace, error) { return checked.Value, checked.Pace, nil })
	}
}

// ready is what can be answered without a fetch: a content or an error; neither where
// a fetch is needed.
func (e *entry) ready(age time.Duration, now, asked time.Time, force bool) (*content, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.usable(age, now, asked, force)
}

// usable is ready for those who hold the lock. A caller that forces a fetch takes
// one that has ended since they asked.
func (e *entry) usable(age time.Duration, now, asked time.Time, force bool) (*content, error) {
	if e.fetched.IsZero() || now.Sub(e.fetched) >= age || force && e.fetched.Before(asked) {
		return nil, nil
	}
	if e.err != nil && (e.serviceable(now) == nil || gone(e.err)) {
		return nil, e.err
	}
	return e.content.Load(), nil
}

// Failing is the error of the last fetch of a URL where the one before failed too,
// whether or not a last good manifest is served meanwhile; nil otherwise.
func (t *Manifests) Failing(address string) error {
	e, ok := t.entries.GetIfPresent(address)
	if !ok {
		return nil
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.failed < 2 {
		return nil
	}
	return e.err
}

// serviceable is the last good manifest while it may be served; nil otherwise.
func (e *entry) serviceable(now time.Time) *content {
	if now.Sub(e.good) >= staleFor*max(e.pace.Target, time.Second) {
		return nil
	}
	return e.content.Load()
}

// gone is an answer by which the origin ends or refuses the stream. The last manifest is
// not served then, because it would hide that.
func gone(err error) bool {
	var s *StatusError
	return errors.As(err, &s) && (s.Status == http.StatusGone || s.Status == http.StatusForbidden || s.Status == http.StatusUnauthorized)
}

func (t *Manifests) fetch(ctx context.Context, address, accept string) ([]byte, *url.URL, error) {
	r, err := t.opt.Fetcher.Do(ctx, egress.Request{
		Method: http.MethodGet, URL: address, MaxBytes: t.opt.MaxBytes, Timeout: t.opt.Timeout,
		Header: http.Header{"Accept": {accept}},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("fetch %s: %w", egress.Redact(address), err)
	}
	if r.Status != http.StatusOK {
		return nil, nil, fmt.Errorf("fetch %s: %w", egress.Redact(address), &StatusError{r.Status})
	}
	return r.Body, r.URL, nil
}
