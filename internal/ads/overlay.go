package ads

import (
	"context"

	"stitcher/internal/ads/pod"
	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// Overlays says which ads a player shows over content in an overlay avail: those of the
// answer that have a non-linear part. Each is an item without an asset, because nothing
// is stitched.
func (d *Decider) Overlays(ctx context.Context, r Request) avail.Decision {
	d.turns.Take()
	defer d.turns.Leave()
	r.Kind = KindOverlay
	offers, fault := d.offers(ctx, &r)
	p := pod.New(pod.Options{Session: r.Session, Length: unlimited, Boundless: true, Longest: r.longest()})
	nonLinear := false
	p.Overlay(offers, func(o *pod.Offer, ad *vast.Ad) avail.Reason {
		reason := overlay(p, ad)
		if reason != "" {
			d.report(ctx, &r, o, ad.Errors, reason)
			return reason
		}
		nonLinear = nonLinear || o.NonLinear
		return ""
	})
	decision := p.Decision(fault)
	decision.Start, decision.Asked, decision.NonLinear = r.Start, r.Settings.AdDecisionServerURL != "", nonLinear
	decision.Decided = d.now().UnixMicro()
	for _, s := range decision.Skips {
		d.metrics.skips.WithLabelValues(string(s.Reason)).Inc()
	}
	return decision
}

// overlay adds an ad, or says why not.
func overlay(p *pod.Pod, ad *vast.Ad) avail.Reason {
	switch {
	case ad.Reason == avail.CategoryBlocked, ad.Reason == avail.WrapperLimit, ad.Reason == avail.WrapperInvalid,
		ad.Reason == avail.AdsEmpty, ad.Reason == avail.AdsTimeout, ad.Reason == avail.AdsError, ad.Reason == avail.OutOfSequence:
		return ad.Reason
	case len(ad.Details().NonLinear) == 0:
		return avail.NotOverlay
	}
	return p.AddOverlay(ad)
}
