package stitch

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Schedules are the prefetch schedules in force; playback.Schedules is one.
type Schedules interface {
	// Active are those that concern a session now, in the order in which they
	// are tried; without any it costs nothing.
	Active(configuration, streamID string, now time.Time) []*playback.PrefetchSchedule
	// Schedule is that of a name; the error says that there is none any more.
	Schedule(configuration, name string) (*playback.PrefetchSchedule, error)
}

// Retriever asks for ads before the avail that they are for; ads.Decider does.
type Retriever interface {
	Retrieve(ctx context.Context, r ads.Request) (ads.Offers, avail.Reason)
}

// round is one retrieval of a session: that of a SINGLE schedule, or of a
// RECURRING one after an avail. The store keeps, under its key, that it was
// begun ("prefetching/"), what came of it ("prefetch/") and which avail has it
// ("prefetched/").
type round struct {
	schedule string
	// after is when the avail before it ended, Unix microseconds; 0 is none.
	after int64
}

func (r round) String() string { return strconv.FormatInt(r.after, 10) + "/" + r.schedule }

func parseRound(s string) (round, error) {
	at, name, ok := strings.Cut(s, "/")
	after, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil {
		return round{}, fmt.Errorf("prefetch %q is not time/schedule", s)
	}
	return round{name, after}, nil
}

// retrieved is what a round brought.
type retrieved struct {
	At     time.Time  `json:"at"`
	Offers ads.Offers `json:"offers"`
}

const (
	// maxRetrievals bounds the retrievals that are under way at once; more wait
	// for a later request of their player.
	maxRetrievals = 256
	// maxOffers bounds what a retrieval keeps, in bytes.
	maxOffers = 512 << 10
)

// prefetch begins the retrievals that are due for a live session. What it costs
// where no schedule is active is a look at a map.
func (s *Service) prefetch(x *session) {
	now := s.opt.Now()
	for _, p := range s.opt.Schedules.Active(x.Configuration, x.StreamID, now) {
		if !p.RetrievalOpen(now) {
			continue
		}
		r, end := round{schedule: p.Name}, time.Time{}
		if last := x.lastEnd.Load(); p.Recurring && last != 0 {
			r.after, end = last, time.UnixMicro(last)
		}
		due, ok := p.RetrievalDue(x.Created, end, p.Share(x.ID, end))
		if !ok || now.Before(due) || !x.begins(r) {
			continue
		}
		select {
		case s.retrievals <- struct{}{}:
		default:
			x.forgets(r)
			return
		}
		go func() {
			defer func() { <-s.retrievals }()
			s.retrieve(x, p, r)
		}()
	}
}

// begins notes that a round is under way; it answers false where it was noted
// before.
func (s *session) begins(r round) bool {
	s.prefetchMu.Lock()
	defer s.prefetchMu.Unlock()
	if s.rounds[r] {
		return false
	}
	if s.rounds == nil {
		s.rounds = map[round]bool{}
	}
	s.rounds[r] = true
	return true
}

func (s *session) forgets(r round) {
	s.prefetchMu.Lock()
	defer s.prefetchMu.Unlock()
	delete(s.rounds, r)
}

// keeps notes what waits for an avail.
func (s *session) keeps(r round) {
	s.prefetchMu.Lock()
	defer s.prefetchMu.Unlock()
	s.waiting = append(s.waiting, r)
}

// retrieve makes one round, once whatever process begins it.
func (s *Service) retrieve(x *session, p *playback.PrefetchSchedule, r round) {
	ctx := s.background
	own := strconv.FormatInt(s.opt.Now().UnixNano(), 10)
	stored, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetching/" + r.String(), Value: []byte(own)})
	if err != nil || string(stored[0]) != own {
		return // it was begun before, here or elsewhere
	}
	outcome, err := s.fetchAhead(ctx, x, p, r)
	s.opt.Metrics.prefetches.WithLabelValues(outcome).Inc()
	if err != nil {
		s.opt.Log.Info("a prefetch has no ads", "session", x.ID, "schedule", p.Name, "outcome", outcome, "err", err)
	}
}

// The outcomes of a prefetch.
const (
	prefetchRetrieved = "retrieved"
	prefetchEmpty     = "empty"
	prefetchFailed    = "failed"
	prefetchUsed      = "used"
	prefetchExpired   = "expired"
)

// fetchAhead asks the ad server and keeps what it offers.
func (s *Service) fetchAhead(ctx context.Context, x *session, p *playback.PrefetchSchedule, r round) (outcome string, err error) {
	c, err := s.configuration(x.Configuration)
	if err != nil {
		return prefetchFailed, err
	}
	settings, err := ads.PrefetchSettingsOf(c, x.PlayerParams)
	if err != nil {
		return prefetchFailed, err
	}
	offers, reason := s.opt.Retriever.Retrieve(ctx, ads.Request{Settings: settings, Session: x.Session, Variables: p.Retrieval.Variables})
	switch reason {
	case "":
	case avail.AdsEmpty:
		return prefetchEmpty, nil
	default:
		return prefetchFailed, fmt.Errorf("the ad server's answer is %s", reason)
	}
	b, err := json.Marshal(retrieved{At: s.opt.Now().UTC(), Offers: offers})
	if err != nil {
		return prefetchFailed, fmt.Errorf("encode a prefetch: %w", err)
	}
	if len(b) > maxOffers {
		return prefetchFailed, fmt.Errorf("the ads of a prefetch are %d bytes long", len(b))
	}
	if _, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetch/" + r.String(), Value: b}); err != nil {
		return prefetchFailed, err
	}
	x.keeps(r)
	return prefetchRetrieved, nil
}

// prefetched is what was retrieved for an avail like this, nil if nothing was.
// Each round is given to one avail.
func (s *Service) prefetched(ctx context.Context, x *session, request *ads.Request) *ads.Offers {
	if x == nil || request.Avail.Static {
		return nil
	}
	x.prefetchMu.Lock()
	waiting := append([]round(nil), x.waiting...)
	x.prefetchMu.Unlock()
	for _, r := range waiting {
		offers, over := s.give(ctx, x, r, request)
		if over {
			x.drops(r)
		}
		if offers != nil {
			return offers
		}
	}
	return nil
}

func (s *session) drops(r round) {
	s.prefetchMu.Lock()
	defer s.prefetchMu.Unlock()
	for i := range s.waiting {
		if s.waiting[i] == r {
			s.waiting = append(s.waiting[:i:i], s.waiting[i+1:]...)
			return
		}
	}
}

// give gives a round to an avail if it may have it; over is whether the round is
// of no further use.
func (s *Service) give(ctx context.Context, x *session, r round, request *ads.Request) (offers *ads.Offers, over bool) {
	p, err := s.opt.Schedules.Schedule(x.Configuration, r.schedule)
	if err != nil {
		return nil, true // it was deleted
	}
	now := s.opt.Now()
	if !now.Before(p.Consumption.End) {
		s.opt.Metrics.prefetches.WithLabelValues(prefetchExpired).Inc()
		return nil, true
	}
	if !p.ConsumptionOpen(now) || !playback.Matches(p.Consumption.Criteria, p.Retrieval.Variables, func(name string) string {
		return ads.Value(*request, name)
	}) {
		return nil, false
	}
	got, used, err := s.recallRound(ctx, x, r)
	if err != nil || used {
		return nil, used
	}
	if !now.Before(p.AdsExpire(got.At)) {
		s.opt.Metrics.prefetches.WithLabelValues(prefetchExpired).Inc()
		return nil, true
	}
	own := []byte(request.Avail.String())
	stored, err := s.opt.Facts.Create(ctx, sessionOwner(x.ID), x.lifetime(), avail.Fact{Key: "prefetched/" + r.String(), Value: own})
	if err != nil || string(stored[0]) != string(own) {
		return nil, err == nil
	}
	s.opt.Metrics.prefetches.WithLabelValues(prefetchUsed).Inc()
	return &got.Offers, true
}

// recallRound reads what a round brought, and whether an avail has it.
func (s *Service) recallRound(ctx context.Context, x *session, r round) (got retrieved, used bool, err error) {
	stored, err := s.opt.Facts.Load(ctx, sessionOwner(x.ID))
	if err != nil {
		return got, false, err
	}
	found := false
	for _, f := range stored {
		switch f.Key {
		case "prefetch/" + r.String():
			found = true
			if err := json.Unmarshal(f.Value, &got); err != nil {
				return got, true, fmt.Errorf("prefetch %s of session %s: %w", r, x.ID, err)
			}
		case "prefetched/" + r.String():
			used = true
		}
	}
	return got, used || !found, nil
}

// recallPrefetch reads the records of rounds.
func (s *session) recallPrefetch(kind, name string) error {
	r, err := parseRound(name)
	if err != nil {
		return err
	}
	switch kind {
	case "prefetching":
		s.begins(r)
	case "prefetch":
		s.keeps(r)
	case "prefetched":
		s.drops(r)
	}
	return nil
}
