package prefetches

import (
	"context"
	"log/slog"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/store"
)

// Prefetcher retrieves ads before the avails that they are for.
type Prefetcher struct {
	opt Options
	// context ends with the service.
	context context.Context
}

// Options are what a Prefetcher works with.
type Options struct {
	Facts     store.Facts
	Schedules Schedules
	Retriever Retriever
	// Configuration is the playback configuration of a name.
	Configuration func(name string) (*config.Configuration, error)
	// Content is the content of a session; creatives that are new are prepared for it.
	Content func(ctx context.Context, p *playback.Session) (ads.Content, error)
	// OffPath runs f beside the request, unless too much is under way.
	OffPath func(f func()) bool
	// Count counts a prefetch by its outcome.
	Count func(outcome string)
	Now   func() time.Time
	Log   *slog.Logger
}

// Session is what a Prefetcher needs of a session.
type Session interface {
	Playback() *playback.Session
	// Prefetched are the session's sets.
	Prefetched() *Sets
	// Owner owns the facts of the session, TTL is how long they are kept.
	Owner() string
	TTL() time.Duration
	// Upcoming is the index of the avail that comes next, as far as is known.
	Upcoming() int
}

// New makes a prefetcher. What it does off the request path ends with ctx.
func New(ctx context.Context, opt Options) *Prefetcher { return &Prefetcher{opt: opt, context: ctx} }
