package vast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/macro"
)

// Limits on one response. Past the first two an ad ends as wrapper_limit.
const (
	// DefaultDepth is how many wrappers a chain may have (MediaTailor's 7;
	// VAST 4.3 §2.3.5 recommends five).
	DefaultDepth = 7
	// DefaultFetches is how many requests one response may cause in all, for
	// a pod of wrappers to pods of wrappers multiplies.
	DefaultFetches = 50
	// MaxAds is how many ads of a response are looked at; each document has no more.
	MaxAds = document.MaxAds
)

// Fetcher gets the document of a wrapper's tag URI, in the time that it allows
// one request. Its errors are told apart by FaultReason.
type Fetcher interface {
	// Fetch gives the document, and the URL that it has in the end: redirects may
	// lead elsewhere.
	Fetch(ctx context.Context, url string) (body []byte, at string, err error)
}

// Unwrapper follows the wrappers of a response.
type Unwrapper struct {
	Fetcher Fetcher
	// Depth limits a chain; 0 is DefaultDepth.
	Depth int
	// Fetches limits the requests of one response; 0 is DefaultFetches.
	Fetches int
	// Allowance, where set, is shared with the other breaks of a VMAP; nil is
	// one of the response's own.
	Allowance *Allowance
	// Macros are replaced in tag URIs; nil replaces none.
	Macros *macro.Values
	// Sequenced tells that sequences are followed (SequencingMode.Follow): of
	// a response that must not have several ads the first of its pod is taken
	// before a stand-alone one. Otherwise it is the other way round, as VAST
	// 4.3 §3.19 has it.
	Sequenced bool
	// NonLinear tells that breaks of a VMAP count that allow non-linear ads alone.
	NonLinear bool
}

// Result is what a response came to.
type Result struct {
	// Ads are those with a sequence by it and then the stand-alone ones as
	// written, what a wrapper led to in the wrapper's place; Offer gives the
	// order of play. Those with a Reason are not usable.
	Ads []Ad
	// NoAd are the Error URLs of a response without any <Ad>.
	NoAd []string
	// Reason tells why there are no ads at all; "" where there are some.
	Reason avail.Reason
	// Err is the cause of Reason where there is more to say.
	Err error
	// Hops is the number of requests in the longest chain.
	Hops int
}

// Unwrap follows all wrappers of doc, those of one document at once. It returns
// when every chain has ended or ctx has.
func (u *Unwrapper) Unwrap(ctx context.Context, doc *document.Document) *Result {
	return u.walk().resolve(ctx, doc, free())
}

// walk is the state of one Unwrap.
type walk struct {
	Unwrapper
	left atomic.Int64
	hops atomic.Int64
}

// walk begins an Unwrap.
func (u *Unwrapper) walk() *walk {
	w := &walk{Unwrapper: *u}
	w.Depth = cmp.Or(w.Depth, DefaultDepth)
	if w.Allowance == nil {
		w.Allowance = NewAllowance()
	}
	w.left.Store(int64(cmp.Or(w.Fetches, DefaultFetches)))
	return w
}

// resolve is the result of a first document.
func (w *walk) resolve(ctx context.Context, doc *document.Document, c chain) *Result {
	if len(doc.Ads) == 0 {
		return &Result{
			NoAd: slices.Concat(c.errors, doc.Errors), Reason: avail.AdsEmpty, Hops: int(w.hops.Load()),
		}
	}
	ads := w.document(ctx, doc, c)
	for i := range ads {
		ads[i].Index = i
	}
	slices.SortStableFunc(ads, func(a, b Ad) int { return slices.Compare(a.slot.order, b.slot.order) })
	if len(ads) > MaxAds { // those that are only named go first
		ads = slices.DeleteFunc(ads, func(a Ad) bool { return a.Reason == avail.OutOfSequence })
	}
	ads = ads[:min(len(ads), MaxAds)]
	groups := make(map[*document.Document]int)
	for i := range ads {
		group, known := groups[ads[i].slot.group]
		if !known {
			group = len(groups)
			groups[ads[i].slot.group] = group
		}
		ads[i].Group, ads[i].slot.group = group, nil
	}
	return &Result{Ads: ads, Hops: int(w.hops.Load())}
}

// document resolves the ads of one document that a chain led to.
func (w *walk) document(ctx context.Context, doc *document.Document, c chain) []Ad {
	if !c.multiple {
		return w.single(ctx, doc, c)
	}
	found := make([][]Ad, len(doc.Ads))
	var group sync.WaitGroup
	for i := range doc.Ads {
		e := &doc.Ads[i]
		c := c.at(doc, e, i)
		if e.Wrapper == nil {
			found[i] = []Ad{c.inline(e)}
			continue
		}
		group.Go(func() { found[i] = w.follow(ctx, e, c) })
	}
	group.Wait()
	return slices.Concat(found...)
}

// single resolves the one ad that a wrapper without allowMultipleAds takes of
// its response (videojs-ima#1088). If that is a wrapper without ad that allows
// a fallback, the stand-alone ones are tried.
func (w *walk) single(ctx context.Context, doc *document.Document, c chain) []Ad {
	var out []Ad
	tried := make([]bool, len(doc.Ads))
	for _, i := range w.candidates(doc.Ads) {
		for k := range out {
			out[k].NoSubstitute = true // this candidate is the substitute
		}
		e := &doc.Ads[i]
		c := c.at(doc, e, i)
		tried[i] = true
		if e.Wrapper == nil {
			out = append(out, c.inline(e))
			break
		}
		ads := w.follow(ctx, e, c)
		out = append(out, ads...)
		if !e.Wrapper.FallbackOnNoAd || slices.ContainsFunc(ads, func(a Ad) bool { return a.Reason == "" }) {
			break
		}
	}
	for i := range doc.Ads {
		if e := &doc.Ads[i]; !tried[i] {
			out = append(out, c.at(doc, e, i).left(e))
		}
	}
	return out
}

// candidates are the entries of which one is taken, by index: the first of the
// pod and the stand-alone ones, in the order that the mode gives them.
func (w *walk) candidates(entries []document.Entry) []int {
	first := -1
	var alone []int
	for i := range entries {
		switch sequence := entries[i].Sequence; {
		case sequence == 0:
			alone = append(alone, i)
		case first < 0 || sequence < entries[first].Sequence:
			first = i
		}
	}
	if first >= 0 && (w.Sequenced || len(alone) == 0) {
		return slices.Insert(alone, 0, first)
	}
	return alone
}

// follow resolves one wrapper.
func (w *walk) follow(ctx context.Context, e *document.Entry, c chain) []Ad {
	fail := func(reason avail.Reason, err error) []Ad { return []Ad{c.failed(e, reason, err)} }
	tag := e.Wrapper.TagURI
	switch {
	case !c.follow:
		return fail(avail.WrapperLimit, errors.New("additional wrappers are forbidden"))
	case slices.Contains(c.tags, tag):
		return fail(avail.WrapperLimit, fmt.Errorf("the wrappers loop at depth %d", c.hops))
	case c.hops >= w.Depth:
		return fail(avail.WrapperLimit, fmt.Errorf("more than %d wrappers", w.Depth))
	}
	next := c.extend(e)
	doc, reason, err := w.fetch(ctx, tag, next)
	if err != nil {
		return fail(reason, err)
	}
	if len(doc.Ads) == 0 {
		ad := c.failed(e, avail.AdsEmpty, nil)
		ad.Errors = append(ad.Errors, doc.Errors...)
		return []Ad{ad}
	}
	return w.document(ctx, doc, next)
}

// fetch asks for the document that a chain leads to.
func (w *walk) fetch(ctx context.Context, tag string, c chain) (*document.Document, avail.Reason, error) {
	target, err := absolute(macro.Replace(tag, w.values(c)))
	if err != nil {
		return nil, avail.WrapperInvalid, err
	}
	if w.left.Add(-1) < 0 || !w.Allowance.ask() {
		return nil, avail.WrapperLimit, errors.New("too many requests for one response")
	}
	w.reached(c.hops)
	body, at, err := w.Fetcher.Fetch(ctx, target)
	if err != nil {
		return nil, FaultReason(err), err
	}
	doc, err := document.Parse(body, at)
	if err != nil {
		return nil, avail.WrapperInvalid, err
	}
	if !w.Allowance.keep(body) {
		return nil, avail.WrapperLimit, errors.New("the documents for one response are too large together")
	}
	return doc, "", nil
}

// values are the macros of the request that a chain leads to.
func (w *walk) values(c chain) *macro.Values {
	if w.Macros == nil {
		return nil
	}
	v := *w.Macros
	v.BlockedAdCategories = nil
	for _, category := range c.excluded() {
		v.BlockedAdCategories = append(v.BlockedAdCategories, category.Code)
	}
	return &v
}

// reached notes the length of a chain.
func (w *walk) reached(hops int) {
	for {
		old := w.hops.Load()
		if int64(hops) <= old || w.hops.CompareAndSwap(old, int64(hops)) {
			return
		}
	}
}
