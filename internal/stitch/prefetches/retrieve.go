package prefetches

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"stitcher/internal/ads"
	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/playback/prefetch"
)

// Schedules are the prefetch schedules in force; playback.Schedules is one.
type Schedules interface {
	// Active are those that concern a session now, in the order in which they
	// are tried; without any it costs nothing.
	Active(configuration, streamID string, now time.Time) []*prefetch.Schedule
	// Schedule returns the schedule of a name, or an error if it was deleted.
	Schedule(configuration, name string) (*prefetch.Schedule, error)
}

// Retriever asks for ads before the avail that they are for; ads.Decider does.
type Retriever interface {
	Retrieve(ctx context.Context, r ads.Request) (ads.Offers, avail.Reason)
}

// retrieved is what a round brought, as it is stored.
type retrieved struct {
	// Expires is the first moment at which it may no longer be used, Unix
	// microseconds.
	Expires int64 `json:"expires"`
	// Request is the ad request and every hop that followed.
	Request adserver.Trace `json:"request"`
	Offers  ads.Offers     `json:"offers"`
}

const (
	// maxRetrieved bounds what a retrieval keeps, in bytes.
	maxRetrieved = 512 << 10
)

// The outcomes of a prefetch: what a retrieval brought, and what became of what
// it brought.
const (
	prefetchRetrieved = "retrieved"
	prefetchEmpty     = "empty"
	prefetchFailed    = "failed"
	prefetchUsed      = "used"
	prefetchExpired   = "expired"
)

// Begin begins the retrievals that are due for a live session, and ends the sets that may
// no longer be used. What it costs where no schedule is active is a look at a map.
func (f *Prefetcher) Begin(x Session) {
	now, p, sets := f.opt.Now(), x.Playback(), x.Prefetched()
	if sets.overdue(now) {
		f.opt.OffPath(func() { f.expire(x, now) })
	}
	for _, schedule := range f.opt.Schedules.Active(p.Configuration, p.StreamID, now) {
		if !schedule.RetrievalOpen(now) {
			continue
		}
		r, end := sets.next(schedule)
		if !sets.wants(r) {
			continue
		}
		due, ok := schedule.RetrievalDue(p.Created, end, schedule.Share(p.ID, end))
		if !ok || now.Before(due) || !sets.begin(r) {
			continue
		}
		if !f.opt.OffPath(func() { f.retrieve(x, schedule, r) }) {
			sets.forget(r)
			return
		}
	}
}

// retrieve makes one round, once whatever process begins it.
func (f *Prefetcher) retrieve(x Session, p *prefetch.Schedule, r round) {
	ctx := f.context
	own := uuid.NewString()
	stored, err := f.opt.Facts.Create(ctx, x.Owner(), x.TTL(), avail.Fact{Key: "prefetching/" + r.String(), Value: []byte(own)})
	if err == nil && string(stored[0].Value) != own {
		return // it was begun before, here or elsewhere
	}
	outcome := prefetchFailed
	if err == nil {
		outcome, err = f.fetchAhead(ctx, x, p, r)
	}
	f.opt.Count(outcome)
	if outcome != prefetchRetrieved {
		f.opt.Log.Info("a prefetch has no ads", "session", x.Playback().ID, "schedule", p.Name, "outcome", outcome, "err", err)
	}
}

// fetchAhead asks the ad server and keeps what it offers.
func (f *Prefetcher) fetchAhead(ctx context.Context, x Session, p *prefetch.Schedule, r round) (outcome string, err error) {
	c, err := f.opt.Configuration(x.Playback().Configuration)
	if err != nil {
		return prefetchFailed, err
	}
	settings, err := ads.PrefetchSettingsOf(c, x.Playback().Choices())
	if err != nil {
		return prefetchFailed, err
	}
	// Creatives that are new get ready while the avail is awaited.
	content, err := f.opt.Content(ctx, x.Playback())
	if err != nil {
		return prefetchFailed, err
	}
	now := f.opt.Now()
	got := retrieved{Expires: p.AdsExpire(now).UnixMicro()}
	offers, reason := f.opt.Retriever.Retrieve(ctx, ads.Request{
		Settings: settings, Session: x.Playback(), Variables: p.Retrieval.Variables, Trace: &got.Request, Content: content,
		Index: x.Upcoming(),
		// The avail that it is for has no place yet; it stands in the content,
		// and each round is a transaction of its own.
		Avail: avail.Avail{Key: avail.Key{Sequence: r.after}, Start: now.UnixMicro()},
	})
	switch reason {
	case "":
	case avail.AdsEmpty, avail.NotLinear:
		return prefetchEmpty, nil
	default:
		return prefetchFailed, fmt.Errorf("the ad server's answer is %s", reason)
	}
	if n := offers.Size(); n > maxRetrieved {
		return prefetchFailed, fmt.Errorf("the ads of a prefetch are more than %d bytes long", n)
	}
	got.Offers = offers
	b, err := json.Marshal(got)
	if err == nil && len(b) > maxRetrieved {
		got.Request.Hops = nil // the bodies are not needed
		b, err = json.Marshal(got)
	}
	if err != nil {
		return prefetchFailed, fmt.Errorf("encode a prefetch: %w", err)
	}
	if len(b) > maxRetrieved {
		return prefetchFailed, fmt.Errorf("the ads of a prefetch are %d bytes long", len(b))
	}
	if _, err := f.opt.Facts.Create(ctx, x.Owner(), x.TTL(), avail.Fact{Key: "prefetch/" + r.String(), Value: b}); err != nil {
		return prefetchFailed, fmt.Errorf("write a prefetch: %w", err)
	}
	x.Prefetched().keep(set{round: r, expires: got.Expires})
	return prefetchRetrieved, nil
}
