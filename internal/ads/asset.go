package ads

import (
	"stitcher/internal/ads/redact"

	"cmp"
	"context"
	"slices"

	"stitcher/internal/avail"
)

// unlimited is the length of a pod without a bound, in microseconds: the ad server decides
// how long it is.
const unlimited int64 = 24 * 3600 * 1_000_000

// The pods of an asset are bounded, for breaks repeat, and so is what is offered
// for all of them together.
const (
	maxPods    = 200
	maxOffered = 1000
)

// asset decides on an asset without markers: a VAST document is what comes before
// it, a VMAP document says when what comes.
func (d *Decider) asset(ctx context.Context, r *Request) avail.Decision {
	decision := avail.Decision{Start: r.Start}
	if r.Settings.AdDecisionServerURL == "" {
		decision.Reason = avail.AdsEmpty
		return decision
	}
	decision.Asked = true
	budget := budgetOf(r)
	limited, cancel := budget.Context(ctx)
	defer cancel()
	x, reason, err := d.exchange(limited, r, budget)
	if err != nil {
		d.complain(ctx, r, reason, err)
		decision.Reason = reason
		return decision
	}
	if x.response.VAST != nil {
		result := x.unwrapper.Unwrap(limited, x.response.VAST)
		if d.empty(ctx, r, result, cmp.Or(result.Reason, avail.AdsEmpty).VAST()) {
			decision.Reason = cmp.Or(result.Reason, avail.AdsEmpty)
			return decision
		}
		decision = d.whole(ctx, r, []offer{x.offer(result)}, "")
		decision.Asked = true
		return decision
	}
	return d.schedule(ctx, r, x, d.unwrapBreaks(limited, r, x))
}

// whole fills a pod with all that is offered.
func (d *Decider) whole(ctx context.Context, r *Request, offers []offer, fault avail.Reason) avail.Decision {
	p := &pod{used: make(map[string]bool), left: unlimited}
	d.fill(ctx, r, p, offers)
	decision := avail.Decision{Start: r.Start, Items: p.items, Skips: p.skips, Offered: p.offered, OfferedAds: p.offeredAds}
	if len(p.items) == 0 {
		decision.Reason = cmp.Or(fault, commonest(p.skips), avail.AdsEmpty)
	}
	return decision
}

// schedule puts the breaks of a VMAP document at their times; what begins with
// the asset is the decision itself.
func (d *Decider) schedule(ctx context.Context, r *Request, x *exchange, breaks []opened) avail.Decision {
	decision := avail.Decision{Start: r.Start, Asked: true, Reason: x.response.VMAP.Empty()}
	offered, kept := 0, 0
	for i := range breaks {
		b := &breaks[i]
		for _, at := range b.Times(r.Avail.Length) {
			if offered += len(b.result.Ads); len(decision.Breaks) >= maxPods || offered > maxOffered {
				return inOrder(decision)
			}
			var offers []offer
			fault := cmp.Or(b.result.Reason, avail.AdsEmpty)
			if len(b.result.Ads) > 0 {
				offers, fault = []offer{b.offer(x)}, ""
			}
			pod := d.whole(ctx, r, offers, fault)
			if kept += weightOf(&pod); kept > maxWeight {
				return inOrder(decision)
			}
			if at <= 0 {
				decision.Join(pod)
				continue
			}
			decision.Breaks = append(decision.Breaks, avail.Break{ID: redact.Clip(b.ID, maxSkipID), At: at, Decision: pod})
		}
	}
	return inOrder(decision)
}

// inOrder sorts a decision's breaks by their times.
func inOrder(d avail.Decision) avail.Decision {
	slices.SortStableFunc(d.Breaks, func(a, b avail.Break) int { return cmp.Compare(a.At, b.At) })
	return d
}
