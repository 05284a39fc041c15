package stitch

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Errors is told of ads that were chosen and then not shown; tracking.Tracker is
// one. Report queues and returns at once.
type Errors interface {
	Report(ctx context.Context, e avail.AdError, session *playback.Session)
}

// unshown tells the Error URLs of ads why they are not shown.
func (s *Service) unshown(p *playback.Session, list []*avail.Ad, reason avail.Reason) {
	if s.opt.Errors == nil {
		return
	}
	for _, ad := range list {
		if urls := ad.Tracking["error"]; len(urls) > 0 {
			s.opt.Errors.Report(s.background, avail.AdError{
				URLs: urls, Code: reason.VAST(),
				TransactionID: ad.TransactionID, BreakPosition: ad.BreakPosition, BreakMaxDuration: ad.BreakMaxDuration,
			}, p)
		}
	}
}

// cutShort tells it of the last ads of an avail that ended before the length that
// was announced: nothing of them was listed (VAST 4.3 §2.3.6.3: 206, field failure
// B-16). The ads are in the store.
func (s *Service) cutShort(p *playback.Session, key avail.Key, dropped int) {
	if s.opt.Errors == nil {
		return
	}
	s.offPath(func() {
		d, err := readDecision(s.background, s.opt.Facts, p.ID, key)
		if err != nil {
			s.opt.Log.Warn("report truncated ads", "session", p.ID, "avail", key.String(), "err", err)
			return
		}
		list := adsOf(d.Items)
		s.unshown(p, list[max(0, len(list)-dropped):], avail.EarlyReturn)
	})
}

// adsOf are the ads among items that are stitched.
func adsOf(items []avail.Item) []*avail.Ad {
	var list []*avail.Ad
	for i := range items {
		if items[i].Kind == avail.AdItem && items[i].Ad != nil {
			list = append(list, items[i].Ad)
		}
	}
	return list
}
