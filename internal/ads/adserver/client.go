package adserver

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// Fetcher sends a request and reads the answer to its end.
type Fetcher interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// Options are what a Client works with. Concurrency and Nodes are
// optional.
type Options struct {
	Fetcher Fetcher
	// Now is the clock.
	Now     func() time.Time
	Metrics *Metrics
	// Turns bound the work that is done at once.
	Turns Turns
	// Concurrency is how many requests may be under way to one host; 0 is 256. More wait
	// for a place within their own time.
	Concurrency int
	// Nodes is how many nodes share that, this one included; nil is always 1.
	Nodes func() int
}

// share is how many requests this node may have under way to one host: its part of what
// all nodes may, and one at least.
func (o *Options) share() int {
	nodes := 1
	if o.Nodes != nil {
		nodes = max(1, o.Nodes())
	}
	return max(1, cmp.Or(o.Concurrency, 256)/nodes)
}

// Client sends requests to ad servers, from any goroutine.
type Client struct {
	fetcher Fetcher
	now     func() time.Time
	metrics *Metrics
	turns   Turns
	limiter *limiter
}

// New makes a Client.
func New(o Options) *Client {
	return &Client{
		fetcher: o.Fetcher, now: o.Now, metrics: o.Metrics, turns: o.Turns,
		limiter: newLimiter(o.share),
	}
}

// Header are the headers that tell an ad server of the viewer, and what it may answer.
func Header(s *playback.Session) http.Header {
	h := s.ViewerHeaders()
	h.Set("Accept", "application/xml, text/xml;q=0.9, */*;q=0.1")
	return h
}
