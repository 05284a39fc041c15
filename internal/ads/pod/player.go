package pod

import (
	"cmp"

	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// maxSlates bounds the slates in a pod: a slate may be short and an avail long.
const maxSlates = 100

// Reserve adds slate for as long as an ad that the player shows, or says why not. key is
// what the ad was refused with, if it was (Refuse).
func (p *Pod) Reserve(key string, slate *avail.Asset, ad *vast.Ad) avail.Reason {
	items := cover(slate, ad.Linear.Duration, p.left)
	if len(items) == 0 {
		return avail.FrameworkRequired
	}
	items[0].Ad = p.record(ad)
	if !p.bear(items[0].Ad) {
		return avail.VASTInvalid
	}
	for i := range items {
		p.left -= items[i].Duration
	}
	p.items = append(p.items, items...)
	p.used[key] = true
	return ""
}

// cover is slate, over and over, for as long as an ad lasts. It ends with the
// segment that the ad ends in, for content under an ad is missed, but not after
// left. None is that the slate has no segment that fits or is far too short.
func cover(slate *avail.Asset, length, left int64) []avail.Item {
	if slate.Duration <= 0 || length/slate.Duration >= maxSlates {
		return nil
	}
	var items []avail.Item
	for length > tolerance {
		n := 0
		for n < slate.Segments() && slate.Through(n) < length-tolerance && slate.Through(n+1) <= left+tolerance {
			n++
		}
		if n == 0 {
			break
		}
		item := avail.Item{Kind: avail.PlayerItem, Asset: slate.ID, Duration: slate.Through(n)}
		if n < slate.Segments() {
			item.Segments = n
		}
		items = append(items, item)
		length, left = length-item.Duration, left-item.Duration
	}
	return items
}

// ends are the first and the last ad from an item on; nil without any. An ad of
// the player is in the first of its items.
func (p *Pod) ends(from int) (first, last *avail.Ad) {
	for i := from; i < len(p.items); i++ {
		if ad := p.items[i].Ad; ad != nil {
			first, last = cmp.Or(first, ad), ad
		}
	}
	return first, last
}
