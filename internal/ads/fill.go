package ads

import (
	"context"

	"stitcher/internal/ads/pod"
	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// fill chooses ads that fit and are prepared.
func (d *Decider) fill(ctx context.Context, r *Request, p *pod.Pod, offers []pod.Offer) {
	p.Fill(offers, r.follows(), func(o *pod.Offer, ad *vast.Ad) avail.Reason {
		if r.Settings.Conditioned {
			ad.Condition()
		}
		reason := d.take(ctx, r, p, ad)
		if reason != "" {
			d.report(ctx, r, o, ad.Errors, reason)
		}
		return reason
	})
}

// take adds an ad to the pod, or says why not.
func (d *Decider) take(ctx context.Context, r *Request, p *pod.Pod, ad *vast.Ad) avail.Reason {
	switch {
	case r.Offers.expired(ad, d.now()):
		return avail.AdsLate
	case r.byPlayer(ad):
		return d.reserve(ctx, r, p, ad)
	case ad.Reason != "":
		return ad.Reason
	}
	creative := ad.Creative()
	if reason := p.Refuse(creative.Key, creative.Duration); reason != "" {
		return reason
	}
	asset, reason := d.lookup(ctx, r, creative)
	if reason != "" {
		return reason
	}
	return p.Add(asset, ad)
}
