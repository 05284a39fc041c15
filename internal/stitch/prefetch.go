package stitch

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
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
	// Schedule is that of a name; the error says that there is none any more.
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
	// maxRetrievals bounds the retrievals that are under way at once; more wait
	// for a later request of their player.
	maxRetrievals = 256
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

// prefetch begins the retrievals that are due for a live session, and ends the
// sets that nobody may use any more. What it costs where no schedule is active is
// a look at a map.
func (s *Service) prefetch(x *session) {
	if x.Unstored {
		return
	}
	now := s.opt.Now()
	if x.lostFor(now) > 0 {
		return // another node may have begun it
	}
	if x.prefetches.overdue(now) {
		s.offPath(func() { s.expire(x, now) })
	}
	for _, p := range s.opt.Schedules.Active(x.Configuration, x.StreamID, now) {
		if !p.RetrievalOpen(now) {
			continue
		}
		r, end := x.prefetches.next(p)
		if !x.prefetches.wants(r) {
			continue
		}
		due, ok := p.RetrievalDue(x.Created, end, p.Share(x.ID, end))
		if !ok || now.Before(due) || !x.prefetches.begin(r) {
			continue
		}
		if !s.offPath(func() { s.retrieve(x, p, r) }) {
			x.prefetches.forget(r)
			return
		}
	}
}

// offPath runs f beside the request, unless too much is under way.
func (s *Service) offPath(f func()) bool {
	select {
	case s.retrievals <- struct{}{}:
	default:
		return false
	}
	go func() {
		defer func() { <-s.retrievals }()
		f()
	}()
	return true
}

// retrieve makes one round, once whatever process begins it.
func (s *Service) retrieve(x *session, p *prefetch.Schedule, r round) {
	ctx := s.background
	own := uuid.NewString()
	stored, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetching/" + r.String(), Value: []byte(own)})
	if err == nil && string(stored[0].Value) != own {
		return // it was begun before, here or elsewhere
	}
	outcome := prefetchFailed
	if err == nil {
		outcome, err = s.fetchAhead(ctx, x, p, r)
	}
	s.opt.Metrics.prefetches.WithLabelValues(outcome).Inc()
	if outcome != prefetchRetrieved {
		s.opt.Log.Info("a prefetch has no ads", "session", x.ID, "schedule", p.Name, "outcome", outcome, "err", err)
	}
}

// fetchAhead asks the ad server and keeps what it offers.
func (s *Service) fetchAhead(ctx context.Context, x *session, p *prefetch.Schedule, r round) (outcome string, err error) {
	c, err := s.configuration(x.Configuration)
	if err != nil {
		return prefetchFailed, err
	}
	settings, err := ads.PrefetchSettingsOf(c, x.Choices())
	if err != nil {
		return prefetchFailed, err
	}
	// Creatives that are new get ready while the avail is awaited.
	l, err := s.layoutOf(ctx, x.Session)
	if err != nil {
		return prefetchFailed, err
	}
	now := s.opt.Now()
	got := retrieved{Expires: p.AdsExpire(now).UnixMicro()}
	offers, reason := s.opt.Retriever.Retrieve(ctx, ads.Request{
		Settings: settings, Session: x.Session, Variables: p.Retrieval.Variables, Trace: &got.Request, Content: s.profiles.ContentFor(l, 0),
		Index: x.upcoming(),
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
		got.Request.Hops = nil // the bodies are what nobody needs
		b, err = json.Marshal(got)
	}
	if err != nil {
		return prefetchFailed, fmt.Errorf("encode a prefetch: %w", err)
	}
	if len(b) > maxRetrieved {
		return prefetchFailed, fmt.Errorf("the ads of a prefetch are %d bytes long", len(b))
	}
	if _, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetch/" + r.String(), Value: b}); err != nil {
		return prefetchFailed, fmt.Errorf("write a prefetch: %w", err)
	}
	x.prefetches.keep(set{round: r, expires: got.Expires})
	return prefetchRetrieved, nil
}

// upcoming is the index of the avail that comes next, as far as anyone knows.
func (s *session) upcoming() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index(avail.Key{Epoch: math.MaxInt})
}
