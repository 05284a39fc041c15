package ads

import (
	"context"
	"encoding/base64"
	"time"

	"stitcher/internal/ads/pod"
	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// Offers are the ads of a retrieval, before anybody knows the avail that they
// are for. They can be kept as JSON.
type Offers struct {
	Groups []pod.Offer
	// Retrieved is when, Unix microseconds; 0 is not known.
	Retrieved int64 `json:",omitempty"`
}

// expired tells whether an ad was retrieved too long ago to be shown (VAST 4.3,
// Expires).
func (o *Offers) expired(ad *vast.Ad, now time.Time) bool {
	return o != nil && o.Retrieved > 0 && ad.Expires > 0 && now.UnixMicro()-o.Retrieved > int64(ad.Expires)*1_000_000
}

// Size is about how long the offers are as JSON, and never more. What wrappers have
// is told again with every ad behind them, so encoding offers to see how long they
// are may take a thousand times what the answer took.
func (o *Offers) Size() int {
	n := 0
	for i := range o.Groups {
		for k := range o.Groups[i].Ads {
			ad := &o.Groups[i].Ads[k]
			for _, raw := range ad.Raw {
				n += base64.StdEncoding.EncodedLen(len(raw))
			}
			for _, f := range ad.Others {
				n += len(f.URL)
			}
			for _, urls := range [][]string{ad.Impressions, ad.ClickTracking, ad.Errors, ad.Bases} {
				for _, u := range urls {
					n += len(u)
				}
			}
			for _, t := range ad.Trackers {
				n += len(t.Event) + len(t.URL)
			}
		}
	}
	return n
}

// Retrieve asks the ad server for an avail to come and chooses nothing, but has
// what it offers prepared, if the request names its content. The reason says why
// there is no offer.
func (d *Decider) Retrieve(ctx context.Context, r Request) (Offers, avail.Reason) {
	d.turns.Take()
	defer d.turns.Leave()
	r.Kind = KindPrefetch
	at := d.now().UnixMicro()
	offers, reason := d.offers(ctx, &r)
	if r.Content != nil {
		d.prepare(ctx, &r, offers)
	}
	return Offers{offers, at}, reason
}

// prepare has every creative of the offers made ready that is not yet.
func (d *Decider) prepare(ctx context.Context, r *Request, offers []pod.Offer) {
	for i := range offers {
		for _, ad := range offers[i].Ads {
			if r.Settings.Conditioned {
				ad.Condition()
			}
			if ad.Reason == "" {
				_, _ = d.lookup(ctx, r, ad.Creative()) // it queues what is new
			}
		}
	}
}

// Value is the value of a dynamic variable in an avail ("scte.event_id"), "" if
// it has none.
func Value(r Request, name string) string {
	value, _ := r.variables(0).Value(name)
	return value
}
