package tracking

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// Source finds the ad and the session of a trigger.
type Source interface {
	Ad(ctx context.Context, session string, key avail.Key, ad int) (*avail.Ad, *playback.Session, error)
}

// Teller is told of each call of a tracking URL, after it.
type Teller interface {
	// Called tells that a URL was called for an event, and what came of it; "" is that it
	// was delivered.
	Called(p *playback.Session, key avail.Key, event, url, failure string)
}

// Fetcher calls URLs; egress.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// Macros fills a tracking URL's macros in.
type Macros interface {
	// Tracking expands url for an event of an ad, named as in its Tracking, that was watched at a time
	// (Unix microseconds).
	Tracking(url, event string, ad *avail.Ad, session *playback.Session, at int64) string
	// Error expands an Error URL for what is to be told.
	Error(url string, e *avail.AdError, session *playback.Session) string
}
