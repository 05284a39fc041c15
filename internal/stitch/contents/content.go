package contents

import (
	"context"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/layouts"
)

// Content is the content of a layout as a decision needs it; it implements
// ads.Content.
type Content struct {
	profiles *Profiler
	layout   *layouts.Layout
	patience time.Duration
}

// ContentFor is the content of a layout. patience is how long a decision can wait for a
// profile that has to be derived from samples; 0 waits for the store alone.
func (p *Profiler) ContentFor(l *layouts.Layout, patience time.Duration) *Content {
	return &Content{profiles: p, layout: l, patience: patience}
}

// Profile implements ads.Content.
func (c *Content) Profile() (string, avail.Reason, bool) {
	id, known, err := c.profiles.newest(c.layout)
	switch {
	case !known:
		return "", "", false
	case err != nil:
		return "", Reason(err), true
	}
	return id, "", true
}

// Await implements ads.Content.
func (c *Content) Await(ctx context.Context) (string, avail.Reason) {
	if c.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.patience)
		defer cancel()
	}
	id, err := c.profiles.Await(ctx, c.layout, c.patience > 0)
	if err != nil {
		return "", Reason(err)
	}
	return id, ""
}

// Want implements ads.Content.
func (c *Content) Want(creative avail.Creative) { c.profiles.Want(c.layout, creative) }

// Patience is how long a decision waits for the content's profile. A live
// channel goes on without: its viewers would wait for the samples, and creatives
// that are asked for are prepared as soon as the profile is there. A title is
// answered once, so its decisions wait, but so that they still end within the
// budget.
func Patience(budget time.Duration, static bool) time.Duration {
	if !static {
		return 0
	}
	return budget * 3 / 4
}
