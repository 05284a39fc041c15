package pod

import (
	"cmp"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/vast"
)

// The slack of a fit, in microseconds.
const (
	// tolerance is half a frame at 25 frames a second: a gap that is not visible.
	tolerance = 20_000
	// declaredSlack is how far a declared duration may be off before an ad is
	// refused unseen; up to there the prepared creative decides.
	declaredSlack = 1_000_000
)

// Options say what a pod is put together for. Session is required.
type Options struct {
	// Session is the session that the pod is shown to. It says what is kept of an ad.
	Session *playback.Session
	// Length is how much can be filled, in microseconds.
	Length int64
	// Boundless is whether the pod may be as long as its ads are: with one ad nothing is
	// unfilled.
	Boundless bool
	// Longest is how long all of the pod may be, as macros tell it; 0 is not known.
	Longest int64
	// Bumpers are the first and the last clip.
	Bumpers Bumpers
	// Slate is what unfilled time shows; nil is content.
	Slate *avail.Asset
	// Static is whether the avail is one of an asset, whose pod is shown whole.
	Static bool
	// Threshold is how much of an avail may stay unfilled, in microseconds: an avail of which
	// more is unfilled is left to content. 0 fills every avail.
	Threshold int64
}

// Pod is what an avail is filled with, while it is being chosen.
type Pod struct {
	options Options
	items   []avail.Item
	skips   []avail.Skip
	// used are the creatives in it.
	used map[string]bool
	left int64
	// slack is by how much the ads so far may be longer together than they should.
	slack int64
	// weight is how much is kept of its ads, in bytes.
	weight int
	// offered is how long all ads of the offers are together, offeredAds how many.
	offered    int64
	offeredAds int
	// from is the offer that ads are taken of.
	from *Offer
}

// New makes an empty pod.
func New(o Options) *Pod {
	return &Pod{options: o, used: make(map[string]bool), left: o.Length - o.Bumpers.Length()}
}

// Take adds an ad of an offer to a pod, by Add, Reserve or AddOverlay, or says why not.
type Take func(o *Offer, ad *vast.Ad) avail.Reason

// Fill has whole ads taken in the order that their documents and the configuration give;
// for each that is not taken, the next is tried. follow is whether sequences are followed.
func (p *Pod) Fill(offers []Offer, follow bool, take Take) {
	for i := range offers {
		o, from := &offers[i], len(p.items)
		for k := range o.Ads {
			p.offered += o.Ads[k].Linear.Duration
		}
		p.offeredAds += len(o.Ads)
		p.from = o
		spare := vast.Offer(o.Ads, follow, func(ad *vast.Ad) bool { return p.try(ad, take) })
		for _, ad := range spare { // never needed: no errors, but each has its verdict
			p.skip(ad, cmp.Or(ad.Reason, avail.OutOfSequence))
		}
		if begin, end := p.ends(from); begin != nil {
			begin.Track("breakStart", o.Start)
			end.Track("breakEnd", o.End)
		}
	}
	p.items = avail.TellBreaks(p.items)
}

// Overlay has all ads taken that are shown over content.
func (p *Pod) Overlay(offers []Offer, take Take) {
	for i := range offers {
		p.from = &offers[i]
		p.offeredAds += len(p.from.Ads)
		for k := range p.from.Ads {
			p.try(&p.from.Ads[k], take)
		}
	}
}

// try has an ad taken, or notes why not.
func (p *Pod) try(ad *vast.Ad, take Take) bool {
	reason := take(p.from, ad)
	if reason != "" {
		p.skip(ad, reason)
	}
	return reason == ""
}

// Refuse is why a creative can't be added, whether it is prepared or not: the pod has it,
// or it is too long by its declared duration. "" is that it may be added.
func (p *Pod) Refuse(key string, declared int64) avail.Reason {
	switch {
	case p.used[key]:
		return avail.RepeatedInPod
	case declared > p.left+declaredSlack:
		return avail.AdTooLong
	}
	return ""
}

// Add puts an ad at the end of the pod, or says why not: there is no place for its prepared
// creative, or too much to keep of it.
func (p *Pod) Add(asset *avail.Asset, ad *vast.Ad) avail.Reason {
	switch {
	case p.used[asset.ID]: // the same film under another name
		return avail.RepeatedInPod
	case !p.fits(asset.Duration):
		return avail.AdTooLong
	}
	record := p.record(ad)
	if !p.bear(record) {
		return avail.VASTInvalid
	}
	p.items = append(p.items, avail.Item{Asset: asset.ID, Duration: asset.Duration, Ad: record})
	p.used[ad.Creative().Key], p.used[asset.ID] = true, true
	p.left -= asset.Duration
	p.slack += avail.Slack(asset.Duration)
	return ""
}

// fits tells whether an ad of a length can be added: each may be a little longer
// than its place. The avail's return decides what is listed, and the next avail
// pays the difference back (splicing.md, "A break, in order", 5).
func (p *Pod) fits(length int64) bool {
	return length <= p.left+min(p.slack+avail.Slack(length), avail.MaxSlack)
}

// AddOverlay adds an ad that is shown over content: an item without an asset.
func (p *Pod) AddOverlay(ad *vast.Ad) avail.Reason {
	record := p.record(ad)
	if !p.bear(record) {
		return avail.VASTInvalid
	}
	p.items = append(p.items, avail.Item{Kind: avail.OverlayItem, Ad: record})
	return ""
}
