package vast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"stitcher/internal/avail"
)

// Limits on one response. Past the first two an ad ends as wrapper_limit.
const (
	// DefaultDepth is how many wrappers a chain may have (MediaTailor's 7;
	// VAST 4.3 §2.3.5 recommends five).
	DefaultDepth = 7
	// DefaultFetches is how many requests one response may cause in all, for
	// a pod of wrappers to pods of wrappers multiplies.
	DefaultFetches = 50
	// MaxAds is how many ads of a response are looked at, and of each document
	// in it; no avail has room for more, and each is a goroutine, a skip in
	// the stored decision and an error beacon.
	MaxAds = 100
)

// Fetcher gets the document of a wrapper's tag URI, in the time that it allows
// one request. Its errors are told apart by FaultReason.
type Fetcher interface {
	Fetch(ctx context.Context, url string) ([]byte, error)
}

// Unwrapper follows the wrappers of a response.
type Unwrapper struct {
	Fetcher Fetcher
	// Depth limits a chain; 0 is DefaultDepth.
	Depth int
	// Fetches limits the requests of one response; 0 is DefaultFetches.
	Fetches int
	// Macros are replaced in tag URIs; nil replaces none.
	Macros *Values
}

// Result is what a response came to.
type Result struct {
	// Ads are in playing order: those with a sequence by it, then the
	// stand-alone ones as written. Those with a Reason are not usable.
	Ads []Ad
	// NoAd are the Error URLs of a response without any <Ad>.
	NoAd []string
	// Hops is the number of wrappers in the longest chain.
	Hops int
}

// Unwrap follows all wrappers of doc, those of one document at once. base is
// the URL of doc, for tag URIs that are relative; "" is none. It returns when
// every chain has ended or ctx has.
func (u *Unwrapper) Unwrap(ctx context.Context, doc *Document, base string) *Result {
	w := walk{Unwrapper: *u}
	w.Depth = cmp.Or(w.Depth, DefaultDepth)
	w.left.Store(int64(cmp.Or(w.Fetches, DefaultFetches)))
	if len(doc.Ads) == 0 {
		return &Result{NoAd: doc.Errors}
	}
	ads := w.document(ctx, doc, base, chain{follow: true})
	return &Result{Ads: ads[:min(len(ads), MaxAds)], Hops: int(w.hops.Load())}
}

// walk is the state of one Unwrap.
type walk struct {
	Unwrapper
	left atomic.Int64
	hops atomic.Int64
}

// document resolves the ads of one document that a chain led to.
func (w *walk) document(ctx context.Context, doc *Document, base string, c chain) []Ad {
	entries := make([]*Entry, len(doc.Ads))
	for i := range doc.Ads {
		entries[i] = &doc.Ads[i]
	}
	slices.SortStableFunc(entries, bySequence)
	entries = entries[:min(len(entries), MaxAds)]
	if last := c.last(); last != nil && !last.AllowMultipleAds {
		return w.single(ctx, entries, base, c)
	}
	found := make([][]Ad, len(entries))
	var group sync.WaitGroup
	for i, e := range entries {
		if e.Wrapper == nil {
			found[i] = []Ad{c.inline(e)}
			continue
		}
		group.Go(func() { found[i] = w.follow(ctx, e, base, c) })
	}
	group.Wait()
	return slices.Concat(found...)
}

// bySequence orders ads with a sequence before those without.
func bySequence(a, b *Entry) int {
	switch {
	case a.Sequence == b.Sequence:
		return 0
	case a.Sequence == 0:
		return 1
	case b.Sequence == 0:
		return -1
	}
	return cmp.Compare(a.Sequence, b.Sequence)
}

// single resolves the one ad that a wrapper without allowMultipleAds takes of
// its response: the first stand-alone one, or the first of a pod if there is
// only that (VAST 4.3 §3.19, videojs-ima#1088). If it is a wrapper without ad
// that allows a fallback, the next stand-alone one is tried.
func (w *walk) single(ctx context.Context, entries []*Entry, base string, c chain) []Ad {
	first := slices.IndexFunc(entries, func(e *Entry) bool { return e.Sequence == 0 })
	if first < 0 {
		entries, first = entries[:1], 0
	}
	var out []Ad
	for _, e := range entries[first:] {
		if e.Wrapper == nil {
			return append(out, c.inline(e))
		}
		ads := w.follow(ctx, e, base, c)
		out = append(out, ads...)
		if !e.Wrapper.FallbackOnNoAd || slices.ContainsFunc(ads, func(a Ad) bool { return a.Reason == "" }) {
			break
		}
	}
	return out
}

// follow resolves one wrapper.
func (w *walk) follow(ctx context.Context, e *Entry, base string, c chain) []Ad {
	fail := func(reason avail.Reason, err error) []Ad { return []Ad{c.failed(e, reason, err)} }
	tag := e.Wrapper.TagURI
	switch {
	case !c.follow:
		return fail(avail.WrapperLimit, errors.New("an outer wrapper forbids additional wrappers"))
	case slices.Contains(c.tags, tag):
		return fail(avail.WrapperLimit, fmt.Errorf("the wrappers loop at depth %d", len(c.tags)))
	case len(c.entries) >= w.Depth:
		return fail(avail.WrapperLimit, fmt.Errorf("more than %d wrappers", w.Depth))
	}
	next := c.extend(e)
	target, err := resolve(base, Replace(tag, w.values(next)))
	if err != nil {
		return fail(avail.WrapperInvalid, err)
	}
	if w.left.Add(-1) < 0 {
		return fail(avail.WrapperLimit, errors.New("too many requests for one response"))
	}
	w.reached(len(next.entries))
	body, err := w.Fetcher.Fetch(ctx, target)
	if err != nil {
		return fail(FaultReason(err), err)
	}
	doc, err := Parse(body)
	if err != nil {
		return fail(avail.WrapperInvalid, err)
	}
	if len(doc.Ads) == 0 {
		ad := c.failed(e, avail.AdsEmpty, nil)
		ad.Errors = append(ad.Errors, doc.Errors...)
		return []Ad{ad}
	}
	return w.document(ctx, doc, target, next)
}

// values are the macros of the request that a chain leads to.
func (w *walk) values(c chain) *Values {
	if w.Macros == nil {
		return nil
	}
	v := *w.Macros
	v.BlockedAdCategories = c.excluded()
	return &v
}

// reached notes the length of a chain.
func (w *walk) reached(depth int) {
	for {
		old := w.hops.Load()
		if int64(depth) <= old || w.hops.CompareAndSwap(old, int64(depth)) {
			return
		}
	}
}

// resolve makes a tag URI absolute.
func resolve(base, tag string) (string, error) {
	if !strings.Contains(tag, "://") && base != "" && tag != "" {
		b, err := url.Parse(base)
		if err != nil {
			return "", fmt.Errorf("resolve tag URI: %w", err)
		}
		u, err := b.Parse(tag)
		if err != nil {
			return "", fmt.Errorf("resolve tag URI: %w", err)
		}
		tag = u.String()
	}
	u, err := url.Parse(tag)
	if err != nil {
		return "", fmt.Errorf("read tag URI: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("the tag URI is not an absolute http URL")
	}
	return tag, nil
}

// FaultReason tells a request that took too long from one that failed.
func FaultReason(err error) avail.Reason {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return avail.AdsTimeout
	}
	return avail.AdsError
}
