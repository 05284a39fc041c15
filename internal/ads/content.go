package ads

import (
	"context"

	"stitcher/internal/avail"
)

// Content is what creatives are prepared for. Its profile may still be unknown when
// the ad server has answered.
type Content interface {
	// Profile returns the id of the content's profile, or the reason why it has
	// none. known is false until one of the two is known.
	Profile() (id string, reason avail.Reason, known bool)
	// Await waits for the profile as long as the avail allows.
	Await(ctx context.Context) (id string, reason avail.Reason)
	// Want has a creative prepared once the profile is known.
	Want(c avail.Creative)
}

// resolved is a request's profile, or the reason why creatives can't be looked up.
type resolved struct {
	id     string
	reason avail.Reason
	known  bool
}

// lookup finds a creative that is prepared for the request's content. It waits for
// the content's profile once in a request, and not within a turn. The creative is
// prepared as the request's configuration, whose turn that takes.
func (d *Decider) lookup(ctx context.Context, r *Request, c avail.Creative) (*avail.Asset, avail.Reason) {
	c.Configuration = r.Session.Configuration
	p := &r.profile
	if !p.known {
		if p.id, p.reason, p.known = r.Content.Profile(); !p.known {
			d.turns.Leave()
			p.id, p.reason = r.Content.Await(ctx)
			d.turns.Take()
			p.known = true
		}
	}
	if p.reason != "" {
		if p.reason == avail.ContentUnknown {
			r.Content.Want(c)
		}
		return nil, p.reason
	}
	return d.renditions.Lookup(ctx, p.id, c)
}
