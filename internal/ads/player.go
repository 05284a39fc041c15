package ads

import (
	"context"

	"stitcher/internal/ads/pod"
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
func (d *Decider) reserve(ctx context.Context, r *Request, p *pod.Pod, ad *vast.Ad) avail.Reason {
	key, length := "player "+ad.Creative().Key+" "+ad.Linear.MediaFiles[0].URL, ad.Linear.Duration
	if reason := p.Refuse(key, length); reason != "" {
		return reason
	}
	if length <= 0 {
		return avail.FrameworkRequired
	}
	under, reason := d.lookup(ctx, r, slate(r.Settings.PlayerSlateURL))
	if reason != "" {
		d.log.InfoContext(ctx, "the slate for an ad that the player shows can't be used", "configuration", r.Session.Configuration, "reason", string(reason))
		return avail.FrameworkRequired
	}
	return p.Reserve(key, under, ad)
}
