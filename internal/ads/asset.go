package ads

import (
	"cmp"
	"context"
	"slices"

	"stitcher/internal/ads/pod"
	"stitcher/internal/ads/redact"
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
	// maxWeight is how much is kept of the ads of all pods, in bytes: breaks repeat, each
	// time with all that their ads have.
	maxWeight = 4 << 20
	// maxBreakID is for the id of a break, in bytes.
	maxBreakID = 256
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
		decision = d.whole(ctx, r, []pod.Offer{x.offer(result)}, "")
		decision.Asked = true
		return decision
	}
	return d.schedule(ctx, r, x, d.unwrapBreaks(limited, r, x))
}

// whole fills a pod with all that is offered.
func (d *Decider) whole(ctx context.Context, r *Request, offers []pod.Offer, fault avail.Reason) avail.Decision {
	p := pod.New(pod.Options{Session: r.Session, Length: unlimited, Boundless: true})
	d.fill(ctx, r, p, offers)
	decision := p.Decision(fault)
	decision.Start = r.Start
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
			var offers []pod.Offer
			fault := cmp.Or(b.result.Reason, avail.AdsEmpty)
			if len(b.result.Ads) > 0 {
				offers, fault = []pod.Offer{b.offer(x)}, ""
			}
			filled := d.whole(ctx, r, offers, fault)
			if kept += pod.Weight(&filled); kept > maxWeight {
				return inOrder(decision)
			}
			if at <= 0 {
				decision.Join(filled)
				continue
			}
			decision.Breaks = append(decision.Breaks, avail.Break{ID: redact.Clip(b.ID, maxBreakID), At: at, Decision: filled})
		}
	}
	return inOrder(decision)
}

// inOrder sorts a decision's breaks by their times.
func inOrder(d avail.Decision) avail.Decision {
	slices.SortStableFunc(d.Breaks, func(a, b avail.Break) int { return cmp.Compare(a.At, b.At) })
	return d
}
