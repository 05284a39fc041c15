package ads

import (
	"context"

	"stitcher/internal/avail"
)

// lookup asks for a creative as the request's configuration, whose turn its
// preparation takes.
func (d *Decider) lookup(ctx context.Context, r *Request, c avail.Creative) (*avail.Asset, avail.Reason) {
	c.Configuration = r.Session.Configuration
	return d.renditions.Lookup(ctx, r.Profile, c)
}
