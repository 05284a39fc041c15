package ads

import (
	"stitcher/internal/ads/redact"

	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

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

// pod is what an avail is filled with, while it is being chosen.
type pod struct {
	items []avail.Item
	skips []avail.Skip
	// used are the creatives in it.
	used map[string]bool
	left int64
	// slack is by how much the ads so far may be longer together than they should.
	slack int64
	// longest is how long all of it may be, as macros tell it; 0 is not known.
	longest int64
	// weight is how much is kept of its ads, in bytes.
	weight int
	// offered is how long all ads of the offers are together, offeredAds how many.
	offered    int64
	offeredAds int
	// from is the offer that ads are taken of.
	from *offer
}

// fill chooses whole ads that fit and are prepared, in the order that their
// documents and the configuration give; for each that is not, the next is tried.
func (d *Decider) fill(ctx context.Context, r *Request, p *pod, offers []offer) {
	for i := range offers {
		o, from := &offers[i], len(p.items)
		for k := range o.Ads {
			p.offered += o.Ads[k].Linear.Duration
		}
		p.offeredAds += len(o.Ads)
		p.from = o
		spare := vast.Offer(o.Ads, r.follows(), func(ad *vast.Ad) bool { return d.take(ctx, r, p, ad) })
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

// take adds an ad to the pod, or notes why not.
func (d *Decider) take(ctx context.Context, r *Request, p *pod, ad *vast.Ad) bool {
	if r.Settings.Conditioned {
		ad.Condition()
	}
	var asset *avail.Asset
	var reason avail.Reason
	switch {
	case r.Offers.expired(ad, d.now()):
		reason = avail.AdsLate
	case r.byPlayer(ad):
		reason = d.reserve(ctx, r, p, ad)
	default:
		if asset, reason = d.consider(ctx, r, p, ad); reason == "" {
			reason = p.add(asset, ad, r.Session)
		}
	}
	if reason != "" {
		p.skip(ad, reason)
		d.report(ctx, r, p.from, ad.Errors, reason)
	}
	return reason == ""
}

// skip notes that an ad is not shown.
func (p *pod) skip(ad *vast.Ad, reason avail.Reason) {
	var server string
	if reason.Unready() {
		server = ad.Creative().AdServer
	}
	p.skips = append(p.skips, avail.Skip{
		AdServer: server,
		AdID:     redact.Clip(ad.ID, maxSkipID), CreativeID: redact.Clip(ad.Linear.ID, maxSkipID), UniversalID: redact.Clip(ad.UniversalID(), maxSkipID),
		System: redact.Clip(ad.System, maxSkipID), Advertiser: redact.Clip(ad.Advertiser, maxSkipID), Campaign: redact.Clip(ad.Campaign, maxSkipID),
		MediaURL: mediaOf(ad), Duration: ad.Linear.Duration, Reason: reason, Fault: ad.Fault, Streaming: ad.Streaming,
	})
}

// mediaOf is the URL of an ad's media file; "" is that it has none, or too long a
// one to be kept.
func mediaOf(ad *vast.Ad) string {
	if len(ad.Media.URL) > maxSkipURL {
		return ""
	}
	return ad.Media.URL
}

// consider tells whether an ad can be added, and its asset.
func (d *Decider) consider(ctx context.Context, r *Request, p *pod, ad *vast.Ad) (*avail.Asset, avail.Reason) {
	if ad.Reason != "" {
		return nil, ad.Reason
	}
	creative := ad.Creative()
	switch {
	case p.used[creative.Key]:
		return nil, avail.RepeatedInPod
	case creative.Duration > p.left+declaredSlack:
		return nil, avail.AdTooLong
	}
	asset, reason := d.lookup(ctx, r, creative)
	switch {
	case reason != "":
		return nil, reason
	case p.used[asset.ID]: // the same film under another name
		return nil, avail.RepeatedInPod
	case !p.fits(asset.Duration):
		return nil, avail.AdTooLong
	}
	return asset, ""
}

// fits tells whether an ad of a length can be added: each may be a little longer
// than its place. The avail's return decides what is listed, and the next avail
// pays the difference back (splicing.md, "A break, in order", 5).
func (p *pod) fits(length int64) bool {
	return length <= p.left+min(p.slack+avail.Slack(length), avail.MaxSlack)
}

// add puts an ad at the end of the pod, unless there is too much to keep of it.
func (p *pod) add(asset *avail.Asset, ad *vast.Ad, session *playback.Session) avail.Reason {
	record := p.record(ad, session)
	if !p.bear(record) {
		return avail.VASTInvalid
	}
	p.items = append(p.items, avail.Item{Asset: asset.ID, Duration: asset.Duration, Ad: record})
	p.used[ad.Creative().Key], p.used[asset.ID] = true, true
	p.left -= asset.Duration
	p.slack += avail.Slack(asset.Duration)
	return ""
}

// record is what a decision keeps of an ad.
func (p *pod) record(ad *vast.Ad, session *playback.Session) *avail.Ad {
	reporting := session.Reporting
	record := ad.Record()
	record.TransactionID, record.BreakPosition, record.BreakMaxDuration = p.from.Transaction, int(p.from.Position), p.longest
	if session.Signaling != "" {
		record.Signaling = ad.Signaling()
	}
	if reporting == "client" || reporting == "hybrid" {
		if raw, err := json.Marshal(ad.Details()); err == nil {
			record.Raw = raw
		}
	}
	if reporting == "server" {
		record.Track("impression", unverified(ad))
	}
	return record
}

// unverified are the verificationNotExecuted URLs of an ad, because a server runs no
// verification code (VAST 4.3 §3.17, field failure B-62).
func unverified(ad *vast.Ad) []string {
	const event = "verificationNotExecuted"
	if !slices.ContainsFunc(ad.Raw, func(raw []byte) bool { return bytes.Contains(raw, []byte(event)) }) {
		return nil
	}
	var list []string
	for _, v := range ad.Details().Verifications {
		for _, t := range v.Trackers {
			if t.Event == event {
				// 2: the player supports no verification.
				list = append(list, strings.NewReplacer("[REASON]", "2", "%5BREASON%5D", "2", "%5breason%5d", "2").Replace(t.URL))
			}
		}
	}
	return list
}

// slate is what unfilled time shows; nil is content: none is configured or it is
// not prepared yet.
func (d *Decider) slate(ctx context.Context, r *Request) *avail.Asset {
	target := r.Settings.SlateURL
	if target == "" {
		return nil
	}
	asset, reason := d.lookup(ctx, r, slate(target))
	if reason != "" {
		d.log.InfoContext(ctx, "the slate can't be shown", "configuration", r.Session.Configuration, "reason", string(reason))
		return nil
	}
	return asset
}

func slate(target string) avail.Creative {
	return avail.Creative{Key: "slate " + target, URL: target}
}

// decision closes the pod. fault is why there was no offer; "" is that there
// were some. short is what the ads left unfilled.
func (p *pod) decision(r *Request, fault avail.Reason, short int64) avail.Decision {
	d := avail.Decision{Start: r.Start, Items: p.items, Skips: p.skips, Requested: r.longest(), Offered: p.offered, OfferedAds: p.offeredAds}
	threshold := r.Settings.PersonalizationThreshold.Microseconds()
	switch {
	case r.Settings.SlateURL != "" && threshold > 0 && r.Available > 0 && short > threshold:
		return p.abandon(d)
	case short <= tolerance:
	case len(p.used) > 0:
		d.Reason = avail.PodShort
	case fault != "":
		d.Reason = fault
	default:
		d.Reason = cmp.Or(commonest(p.skips), avail.AdsEmpty)
	}
	return d
}

// abandon leaves the whole avail to content: more of it than the threshold
// would be slate (MediaTailor's PersonalizationThresholdSeconds).
func (p *pod) abandon(d avail.Decision) avail.Decision {
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

// commonest is the reason that most skips have, the first of equals. OutOfSequence counts
// only if there is no other reason, because such ads would not have been shown anyway.
func commonest(skips []avail.Skip) avail.Reason {
	count := make(map[avail.Reason]int)
	for _, s := range skips {
		count[s.Reason]++
	}
	if n := count[avail.OutOfSequence]; n < len(skips) {
		delete(count, avail.OutOfSequence)
	}
	var best avail.Reason
	for _, s := range skips {
		if best == "" || count[s.Reason] > count[best] {
			best = s.Reason
		}
	}
	return best
}
