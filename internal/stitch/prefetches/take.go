package prefetches

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/playback/prefetch"
)

// Found is what was retrieved for an avail.
type Found struct {
	// Schedule is the name of the schedule that it is from.
	Schedule string
	// Request is the ad request and every hop that followed.
	Request adserver.Trace
	Offers  ads.Offers
}

// Take is what was retrieved for an avail like that of a request, nil if nothing was. Each
// set is given to one avail.
func (f *Prefetcher) Take(ctx context.Context, x Session, request *ads.Request) *Found {
	if request.Avail.Static {
		return nil
	}
	p, sets := x.Playback(), x.Prefetched()
	if !sets.Any() && len(f.opt.Schedules.Active(p.Configuration, p.StreamID, f.opt.Now())) == 0 {
		return nil
	}
	// Another node may have retrieved, or used, what this one does not know.
	stored, _, err := f.opt.Facts.Since(ctx, x.Owner(), 0)
	if err == nil {
		err = sets.recallAll(stored)
	}
	if err != nil {
		f.opt.Log.Warn("read prefetches", "session", x.Playback().ID, "avail", request.Avail.String(), "err", err)
		return nil
	}
	for _, w := range sets.waiting() {
		if !f.mayHave(x, w, request) {
			continue
		}
		got, err := f.give(ctx, x, w.round, request.Avail.Key, stored)
		if err != nil {
			f.opt.Log.Warn("a prefetch can't be used", "session", x.Playback().ID, "schedule", w.schedule, "avail", request.Avail.String(), "err", err)
		}
		if got != nil {
			return &Found{Schedule: w.schedule, Request: got.Request, Offers: got.Offers}
		}
	}
	return nil
}

// mayHave is whether an avail may have a set: its schedule is still there, its
// consumption is open and the avail is like what was asked for (reference §1.5).
func (f *Prefetcher) mayHave(x Session, w set, request *ads.Request) bool {
	now := f.opt.Now()
	if w.avail != "" && w.avail != request.Avail.String() || now.UnixMicro() >= w.expires {
		return false
	}
	p, err := f.opt.Schedules.Schedule(x.Playback().Configuration, w.schedule)
	if err != nil || p.Created.UnixMicro() != w.created {
		return false // it was deleted
	}
	return p.ConsumptionOpen(now) && prefetch.Matches(p.Consumption.Criteria, p.Retrieval.Variables, func(name string) string {
		return ads.Value(*request, name)
	})
}

// give gives a round's ads to an avail, nil if another has them. stored are the
// session's facts.
func (f *Prefetcher) give(ctx context.Context, x Session, r round, key avail.Key, stored []avail.Fact) (*retrieved, error) {
	got, err := retrievedBy(stored, r)
	if err != nil {
		return nil, err
	}
	has, err := f.finishRound(ctx, x, r, key.String())
	if err != nil || has != key.String() {
		return nil, err
	}
	if x.Prefetched().drop(r) {
		f.opt.Count(prefetchUsed)
		f.opt.Log.Debug("a prefetch is used", "session", x.Playback().ID, "schedule", r.schedule, "avail", has)
	}
	return got, nil
}

// retrievedBy is what a round brought.
func retrievedBy(stored []avail.Fact, r round) (*retrieved, error) {
	for _, f := range stored {
		if f.Key != "prefetch/"+r.String() {
			continue
		}
		got := &retrieved{}
		if err := json.Unmarshal(f.Value, got); err != nil {
			return nil, fmt.Errorf("prefetch %s: %w", r, err)
		}
		return got, nil
	}
	return nil, fmt.Errorf("prefetch %s is not in the store", r)
}

// finishRound records what became of a round's ads, the avail that has them or
// that they expired, and answers what it was.
func (f *Prefetcher) finishRound(ctx context.Context, x Session, r round, own string) (string, error) {
	stored, err := f.opt.Facts.Create(ctx, x.Owner(), x.TTL(), avail.Fact{Key: "prefetched/" + r.String(), Value: []byte(own)})
	if err != nil {
		return "", fmt.Errorf("write prefetch %s: %w", r, err)
	}
	if has := string(stored[0].Value); has != own {
		x.Prefetched().drop(r)
		return has, nil
	}
	return own, nil
}

// expire ends the sets that may no longer be used, each once whatever process
// comes to it first.
func (f *Prefetcher) expire(x Session, now time.Time) {
	for _, w := range x.Prefetched().waiting() {
		if now.UnixMicro() < w.expires || !x.Prefetched().drop(w.round) {
			continue
		}
		has, err := f.finishRound(f.context, x, w.round, prefetchExpired)
		if err != nil {
			f.opt.Log.Warn("record prefetch expiry", "session", x.Playback().ID, "schedule", w.schedule, "err", err)
		}
		if w.avail == "" && (err != nil || has == prefetchExpired) {
			f.expired(x, w, "no avail matched in time")
		}
	}
}

// Left ends the sets of a session that its viewer asks for no more.
func (f *Prefetcher) Left(x Session) {
	for _, w := range x.Prefetched().waiting() {
		if x.Prefetched().drop(w.round) && w.avail == "" {
			f.expired(x, w, "the viewer has left")
		}
	}
}

func (f *Prefetcher) expired(x Session, w set, why string) {
	f.opt.Count(prefetchExpired)
	f.opt.Log.Info("a prefetch is not used", "session", x.Playback().ID, "schedule", w.schedule, "outcome", prefetchExpired, "why", why)
}
