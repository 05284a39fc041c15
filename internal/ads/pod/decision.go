package pod

import (
	"cmp"

	"stitcher/internal/avail"
)

// Decision closes the pod: it puts the bumpers and slate around the ads, and accounts for
// what they leave unfilled. fault is why there was no offer; "" is that there were some.
// The decision does not say where it begins nor when it was made.
func (p *Pod) Decision(fault avail.Reason) avail.Decision {
	o := &p.options
	short := p.left
	switch {
	case len(p.items) == 0:
		short += o.Bumpers.Length() // they fill nothing by themselves
	case o.Boundless:
		short = 0
	}
	p.enclose()
	d := avail.Decision{Items: p.items, Skips: p.skips, Requested: o.Longest, Offered: p.offered, OfferedAds: p.offeredAds}
	switch {
	case o.Threshold > 0 && short > o.Threshold:
		return abandon(d)
	case short <= tolerance:
	case len(p.used) > 0:
		d.Reason = avail.PodShort
	case fault != "":
		d.Reason = fault
	default:
		d.Reason = cmp.Or(commonest(p.skips), avail.AdsEmpty)
	}
	if o.Slate != nil && !o.Static {
		d.Slate = &avail.Item{Asset: o.Slate.ID, Duration: o.Slate.Duration}
	}
	return d
}

// abandon leaves the whole avail to content: more of it than the threshold
// would be slate (MediaTailor's PersonalizationThresholdSeconds).
func abandon(d avail.Decision) avail.Decision {
	for i := range d.Items {
		ad := d.Items[i].Ad
		if ad == nil {
			continue
		}
		length := d.Items[i].Duration
		if d.Items[i].Kind == avail.PlayerItem {
			length = ad.Duration // the item is but its first slate
		}
		d.Skips = append(d.Skips, ad.Skip(length, avail.BelowThreshold))
	}
	d.Items, d.Reason = nil, avail.BelowThreshold
	return d
}
