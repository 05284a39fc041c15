package service

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Errors is told of ads that were chosen and then not shown; tracking.Tracker is
// one. Report queues and returns at once.
type Errors interface {
	Report(ctx context.Context, e avail.AdError, session *playback.Session)
}

// audience tells of what becomes of avails.
type audience struct{ *Service }

// Unshown tells the Error URLs of ads why they are not shown.
func (s audience) Unshown(p *playback.Session, list []*avail.Ad, reason avail.Reason) {
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

// CutShort tells the Error URLs of the last ads of an avail that ended before the length that
// was announced: nothing of them was listed (VAST 4.3 §2.3.6.3: 206, field failure
// B-16). The ads are in the store.
func (s audience) CutShort(p *playback.Session, key avail.Key, dropped int) {
	if s.opt.Errors == nil {
		return
	}
	s.offPath(func() {
		d, err := records.ReadDecision(s.background, s.opt.Facts, p.ID, key)
		if err != nil {
			s.opt.Log.Warn("report truncated ads", "session", p.ID, "avail", key.String(), "err", err)
			return
		}
		list := pods.AdsOf(d.Items)
		s.Unshown(p, list[max(0, len(list)-dropped):], avail.EarlyReturn)
	})
}

// Booked counts an avail that is over.
func (s audience) Booked(p *playback.Session, a avail.Account) {
	s.opt.Metrics.booked(p.Configuration, a)
	s.opt.Log.Debug("an avail is over", "session", p.ID, "avail", a.Key.String(), "duration", a.Duration,
		"filled", a.Filled, "slate", a.Slate, "unfilled", a.Unfilled, "change", a.Change)
}
