package stitch

import (
	"context"
	"time"

	"stitcher/internal/avail"
)

// contentOf is the content of a layout as a decision needs it; it implements
// ads.Content.
type contentOf struct {
	profiles *profiler
	layout   *layout
	// patience is how long the decision can wait for a profile that has to be
	// derived from samples; 0 waits for the store alone.
	patience time.Duration
}

// profilePatience is how long a decision waits for the content's profile. A live
// channel goes on without: its viewers would wait for the samples, and creatives
// that are asked for are prepared as soon as the profile is there. A title is
// answered once, so its decisions wait, but so that they still end within the
// budget.
func profilePatience(budget time.Duration, r *DecisionRequest) time.Duration {
	if !r.Avail.Static {
		return 0
	}
	return budget * 3 / 4
}

// Profile implements ads.Content.
func (c *contentOf) Profile() (string, avail.Reason, bool) {
	id, known, err := c.profiles.newest(c.layout)
	switch {
	case !known:
		return "", "", false
	case err != nil:
		return "", profileReason(err), true
	}
	return id, "", true
}

// Await implements ads.Content.
func (c *contentOf) Await(ctx context.Context) (string, avail.Reason) {
	if c.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.patience)
		defer cancel()
	}
	id, err := c.profiles.profile(ctx, c.layout, c.patience > 0)
	if err != nil {
		return "", profileReason(err)
	}
	return id, ""
}

// Want implements ads.Content.
func (c *contentOf) Want(creative avail.Creative) { c.profiles.want(c.layout, creative) }
