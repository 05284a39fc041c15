package ads

import (
	"cmp"
	"context"

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
	p := &pod{longest: r.longest()}
	decision := avail.Decision{Start: r.Start, Asked: r.Settings.AdDecisionServerURL != "", Requested: r.longest()}
	for i := range offers {
		o := &offers[i]
		p.from = o
		p.offeredAds += len(o.Ads)
		for k := range o.Ads {
			ad := &o.Ads[k]
			reason := d.overlay(&r, p, ad)
			if reason != "" {
				p.skip(ad, reason)
				d.report(ctx, &r, o, ad.Errors, reason)
				continue
			}
			decision.NonLinear = decision.NonLinear || o.NonLinear
		}
	}
	decision.Items, decision.Skips, decision.OfferedAds = p.items, p.skips, p.offeredAds
	if len(p.items) == 0 {
		decision.Reason = cmp.Or(fault, commonest(p.skips), avail.AdsEmpty)
	}
	decision.Decided = d.now().UnixMicro()
	for _, s := range decision.Skips {
		d.metrics.skips.WithLabelValues(string(s.Reason)).Inc()
	}
	return decision
}

// overlay adds an ad, or says why not.
func (d *Decider) overlay(r *Request, p *pod, ad *vast.Ad) avail.Reason {
	switch {
	case ad.Reason == avail.CategoryBlocked, ad.Reason == avail.WrapperLimit, ad.Reason == avail.WrapperInvalid,
		ad.Reason == avail.AdsEmpty, ad.Reason == avail.AdsTimeout, ad.Reason == avail.AdsError, ad.Reason == avail.OutOfSequence:
		return ad.Reason
	case len(ad.Details().NonLinear) == 0:
		return avail.NotOverlay
	}
	record := p.record(ad, r.Session)
	if !p.bear(record) {
		return avail.VASTInvalid
	}
	p.items = append(p.items, avail.Item{Kind: avail.OverlayItem, Ad: record})
	return ""
}
