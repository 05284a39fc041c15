// Package audience tells others of what becomes of avails.
package audience

import (
	"context"
	"log/slog"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
)

// Errors is told of ads that were chosen and then not shown; tracking.Tracker is
// one. Report queues and returns at once.
type Errors interface {
	Report(ctx context.Context, e avail.AdError, session *playback.Session)
}

// Options are what an Audience works with.
type Options struct {
	// Errors is told of ads that were chosen and not shown; nil drops that.
	Errors Errors
	Facts  store.Facts
	// Booked counts the account of an avail of a playback configuration.
	Booked func(configuration string, a avail.Account)
	// OffPath runs a function beside the requests, unless too much is under way.
	OffPath func(f func()) bool
	Log     *slog.Logger
}

// Audience tells others of what becomes of avails; it is a stitch.Audience.
type Audience struct {
	opt Options
	// background ends with the service.
	background context.Context
}

// New makes an audience. What it does beside the requests ends with ctx.
func New(ctx context.Context, opt Options) *Audience { return &Audience{opt: opt, background: ctx} }

// Unshown tells the Error URLs of ads why they are not shown.
func (x *Audience) Unshown(p *playback.Session, list []*avail.Ad, reason avail.Reason) {
	if x.opt.Errors == nil {
		return
	}
	for _, ad := range list {
		if urls := ad.Tracking["error"]; len(urls) > 0 {
			x.opt.Errors.Report(x.background, avail.AdError{
				URLs: urls, Code: reason.VAST(),
				TransactionID: ad.TransactionID, BreakPosition: ad.BreakPosition, BreakMaxDuration: ad.BreakMaxDuration,
			}, p)
		}
	}
}

// CutShort tells the Error URLs of the last ads of an avail that ended before the length that
// was announced: nothing of them was listed (VAST 4.3 §2.3.6.3: 206, field failure
// B-16). The ads are in the store.
func (x *Audience) CutShort(p *playback.Session, key avail.Key, dropped int) {
	if x.opt.Errors == nil {
		return
	}
	x.opt.OffPath(func() {
		d, err := records.ReadDecision(x.background, x.opt.Facts, p.ID, key)
		if err != nil {
			x.opt.Log.Warn("report truncated ads", "session", p.ID, "avail", key.String(), "err", err)
			return
		}
		list := pods.AdsOf(d.Items)
		x.Unshown(p, list[max(0, len(list)-dropped):], avail.EarlyReturn)
	})
}

// Booked counts an avail that is over.
func (x *Audience) Booked(p *playback.Session, a avail.Account) {
	x.opt.Booked(p.Configuration, a)
	x.opt.Log.Debug("an avail is over", "session", p.ID, "avail", a.Key.String(), "duration", a.Duration,
		"filled", a.Filled, "slate", a.Slate, "unfilled", a.Unfilled, "change", a.Change)
}
