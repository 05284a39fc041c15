package ads

import (
	"cmp"
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// byPlayer tells whether an ad is one that the player shows over slate: of
// executable files (VPAID) alone, where the player reports (reference §4.1, field
// failure B-62). A stand-alone ad that takes another's place in a sequence has to
// be one that can be stitched (reference §4.5).
func (r *Request) byPlayer(ad *vast.Ad) bool {
	return ad.VPAID && ad.Reason == avail.FrameworkRequired && r.Session.Reporting == "client" &&
		r.Settings.PlayerSlateURL != "" && (ad.Sequence > 0 || !r.follows())
}

// reserve adds slate for as long as an ad that the player shows, or gives the
// reason why not. Such an ad is dropped like any other that can't be shown where
// its slate is not prepared, or where it does not say how long it is.
func (d *Decider) reserve(ctx context.Context, r *Request, p *pod, ad *vast.Ad) avail.Reason {
	key, length := "player "+ad.Creative().Key+" "+ad.Linear.MediaFiles[0].URL, ad.Linear.Duration
	switch {
	case p.used[key]:
		return avail.RepeatedInPod
	case length > p.left+declaredSlack:
		return avail.AdTooLong
	case length <= 0:
		return avail.FrameworkRequired
	}
	under, reason := d.lookup(ctx, r, slate(r.Settings.PlayerSlateURL))
	if reason != "" {
		d.log.InfoContext(ctx, "the slate for an ad that the player shows can't be used", "configuration", r.Session.Configuration, "reason", string(reason))
		return avail.FrameworkRequired
	}
	items := cover(under, length, p.left)
	if len(items) == 0 {
		return avail.FrameworkRequired
	}
	items[0].Ad = p.record(ad, r.Session)
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
func (p *pod) ends(from int) (first, last *avail.Ad) {
	for i := from; i < len(p.items); i++ {
		if ad := p.items[i].Ad; ad != nil {
			first, last = cmp.Or(first, ad), ad
		}
	}
	return first, last
}
