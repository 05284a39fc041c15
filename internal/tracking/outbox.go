package tracking

import (
	"context"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// Attempt is what came of calling one URL so far.
type Attempt struct {
	Event avail.Events
	URL   string
	// Count is how often it was called.
	Count int
	// Due is when it may be called again, Unix microseconds.
	Due int64
	// Done is whether it is delivered or given up.
	Done bool
}

// Outbox keeps triggers until they are sent.
type Outbox interface {
	// Widen adds events to a trigger, durable on return, and returns the new
	// ones.
	Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (avail.Events, error)
	// Pending claims due triggers for a lease; their Events are the unsent
	// ones.
	Pending(ctx context.Context, limit int, lease time.Duration) ([]avail.Trigger, error)
	// Attempts are what was tried of a trigger.
	Attempts(ctx context.Context, t avail.Trigger) ([]Attempt, error)
	// Settle ends a claim: sent events, what was tried of the others, when
	// they are due.
	Settle(ctx context.Context, t avail.Trigger, sent avail.Events, tried []Attempt, due int64) error
	// Backlog counts what is unsent.
	Backlog(ctx context.Context) (count int, oldest int64, err error)
}

// Source finds the ad and the session of a trigger.
type Source interface {
	Ad(ctx context.Context, session string, key avail.Key, ad int) (*avail.Ad, *playback.Session, error)
}

// Fetcher calls URLs; egress.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// Macros fills a tracking URL's macros in.
type Macros interface {
	// Tracking expands url for an event of an ad, named as in its Tracking, that
	// was watched at a time (Unix microseconds).
	Tracking(url, event string, ad *avail.Ad, session *playback.Session, at int64) string
	// Error expands an Error URL for what is to be told.
	Error(url string, e *avail.AdError, session *playback.Session) string
}
