package ads

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/pod"
	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/vast"
	"stitcher/internal/vast/macro"
	"stitcher/internal/vast/vmap"
)

// exchange is an ad request that was answered, with what its wrappers need.
type exchange struct {
	response  *vast.Response
	unwrapper vast.Unwrapper
}

// offer is what a result has.
func (x *exchange) offer(result *vast.Result) pod.Offer {
	macros := x.unwrapper.Macros
	return pod.Offer{Ads: result.Ads, Transaction: macros.TransactionID, Position: macros.BreakPosition}
}

// exchange sends the ad request of an avail and reads the answer.
func (d *Decider) exchange(ctx context.Context, r *Request, budget *adserver.Budget) (*exchange, avail.Reason, error) {
	values, trace := d.values(r), adserver.NewRecorder(r.Trace, r.Session)
	h := &adserver.Requests{
		Client: d.client, Session: r.Session, Recorder: trace,
		Timeout: cmp.Or(r.Settings.AdsRequestTimeout, defaultRequestTimeout),
	}
	request, err := d.call(ctx, r, values, trace)
	if err != nil {
		trace.Failed(err)
		return nil, avail.AdsError, err
	}
	answer, err := h.First(ctx, budget, r.Avail.Key, request)
	if err != nil {
		trace.Failed(err)
		return nil, vast.FaultReason(err), err
	}
	base := request.URL
	if answer.URL != nil {
		base = answer.URL.String() // where redirects led
	}
	response, err := vast.ParseResponse(answer.Body, base)
	if err != nil {
		// The type decides nothing, for many ad servers name a wrong one, but
		// it tells an operator what came instead.
		kind := redact.Clip(answer.Header.Get("Content-Type"), adserver.MaxText)
		err = fmt.Errorf("read an answer of type %q: %w", kind, err)
		trace.Failed(err)
		return nil, avail.VASTInvalid, err
	}
	x := &exchange{response: response}
	x.unwrapper = vast.Unwrapper{Fetcher: h, Macros: values, Sequenced: r.follows(), NonLinear: r.Kind == KindOverlay, Allowance: vast.NewAllowance()}
	return x, "", nil
}

// follows is whether the avail follows the sequence of ads in documents.
func (r *Request) follows() bool {
	return vast.SequencingMode(r.Settings.Server.AdSequencingMode).Follow(!r.Avail.Static)
}

// budgetOf is what the requests of an avail may take.
func budgetOf(r *Request) *adserver.Budget {
	if r.Budget != nil {
		return r.Budget
	}
	return NewBudget(r.Settings, time.Now()) // deadlines are on the ordinary clock
}

// offers asks for the ads of an avail. Of a VMAP document, all that is linear
// counts, in document order: the avail is the break. The reason says why there
// is no offer at all.
func (d *Decider) offers(ctx context.Context, r *Request) ([]pod.Offer, avail.Reason) {
	if r.Settings.AdDecisionServerURL == "" {
		return nil, avail.AdsEmpty
	}
	budget := budgetOf(r)
	ctx, cancel := budget.Context(ctx)
	defer cancel()
	x, reason, err := d.exchange(ctx, r, budget)
	if err != nil {
		d.complain(ctx, r, reason, err)
		return nil, reason
	}
	if x.response.VAST != nil {
		result := x.unwrapper.Unwrap(ctx, x.response.VAST)
		if d.empty(ctx, r, result, cmp.Or(result.Reason, avail.AdsEmpty).VAST()) {
			return nil, cmp.Or(result.Reason, avail.AdsEmpty)
		}
		return []pod.Offer{x.offer(result)}, ""
	}
	var list []pod.Offer
	reason = x.response.VMAP.Empty()
	room := vast.MaxAds // one avail has no more room for them
	for _, b := range d.unwrapBreaks(ctx, r, x) {
		switch n := min(len(b.result.Ads), room); {
		case n > 0:
			b.result.Ads = b.result.Ads[:n]
			room -= n
			list = append(list, b.offer(x))
		case room > 0:
			reason = cmp.Or(b.result.Reason, reason)
		}
	}
	if len(list) > 0 {
		reason = ""
	}
	return list, reason
}

// empty tells whether a result has no ads, and then calls its Error URLs. It logs the ads
// that can't be shown.
func (d *Decider) empty(ctx context.Context, r *Request, result *vast.Result, code int) bool {
	d.metrics.hops.Observe(float64(result.Hops))
	for i := range result.Ads {
		if ad := &result.Ads[i]; ad.Err != nil {
			d.complain(ctx, r, ad.Reason, ad.Err)
		}
	}
	if len(result.Ads) > 0 {
		return false
	}
	if result.Err != nil {
		d.complain(ctx, r, result.Reason, result.Err)
	}
	d.tell(ctx, r, avail.AdError{URLs: result.NoAd, Code: code})
	return true
}

// opened is a break of a VMAP document with its ads.
type opened struct {
	vmap.Break
	result *vast.Result
	// position is where it is in the content.
	position macro.BreakPosition
}

// offer is what a break has.
func (o *opened) offer(x *exchange) pod.Offer {
	out := x.offer(o.result)
	out.Start, out.End, out.Position = o.Trackers("breakStart"), o.Trackers("breakEnd"), o.position
	out.NonLinear = !o.Linear()
	return out
}

// unwrapBreaks opens the breaks of a VMAP document, as many at once as the configuration
// allows: those that allow linear ads, and for an overlay avail those that allow non-linear
// ones. One that fails leaves the others as they are (field
// failure B-52). Those of another type are told that they can't be shown.
func (d *Decider) unwrapBreaks(ctx context.Context, r *Request, x *exchange) []opened {
	var list []opened
	for _, b := range x.response.VMAP.Breaks {
		if b.Linear() || r.Kind == KindOverlay && b.NonLinear() {
			list = append(list, opened{Break: b})
			continue
		}
		d.tell(ctx, r, avail.AdError{URLs: b.Trackers("error"), Code: vast.BreakErrorCode(avail.NotLinear)})
	}
	places := make(chan struct{}, max(1, r.Settings.Parallel))
	var wg sync.WaitGroup
	d.turns.Leave() // each break has its own
	for i := range list {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			d.turns.Take()
			defer d.turns.Leave()
			u, values := x.unwrapper, *x.unwrapper.Macros
			if r.Kind == KindAsset {
				values.BreakPosition = list[i].Position(r.Avail.Length)
			}
			u.Macros, list[i].position = &values, values.BreakPosition
			list[i].result = u.UnwrapBreak(ctx, &list[i].Break)
		})
	}
	wg.Wait()
	d.turns.Take()
	for i := range list {
		result := list[i].result
		d.empty(ctx, r, result, vast.BreakErrorCode(cmp.Or(result.Reason, avail.AdsEmpty)))
	}
	return list
}
