package explain

import (
	"context"
	"errors"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/transcodecache/profile"
)

// Content says what ads have to be like in a session's content, or why
// that is not known.
type Content struct {
	// Profile is the id of the newest profile; "" is none.
	Profile string `json:"profile,omitempty"`
	// Reason is why there is none, Message the details.
	Reason  avail.Reason `json:"reason,omitempty"`
	Message string       `json:"message,omitempty"`
	// Renditions are those of the session's multivariant playlist.
	Renditions []Rendition `json:"renditions"`
	// Omitted are the origin's renditions that the session is not offered.
	Omitted []layouts.OmittedRendition `json:"omitted,omitempty"`
}

// Rendition is one rendition of a session.
type Rendition struct {
	// N is its number in the session's URLs.
	N    int         `json:"n"`
	Kind origin.Kind `json:"kind"`
	// Track is the matching rendition of the profile.
	Track string `json:"track,omitempty"`
	// Reason is set where no sample of it could be read: the ads in it are as the
	// multivariant playlist says.
	Reason avail.Reason `json:"reason,omitempty"`
}

func (e *Explainer) explainContent(ctx context.Context, p *playback.Session) (*Content, error) {
	out := &Content{}
	l, err := e.Layout(ctx, p)
	if err != nil {
		return nil, err
	}
	c, err := e.Profiles.Peek(ctx, l)
	switch {
	case err != nil:
		out.Reason = contents.Reason(err)
		if errors.Is(err, profile.ErrUnsupported) || errors.Is(err, profile.ErrContradiction) || errors.Is(err, contents.ErrSamplesDiffer) {
			out.Message = err.Error() // other errors may name a URL with a viewer's token
		}
	case c.Segment > 0:
		out.Profile = c.ID()
	default:
		out.Reason = avail.ContentUnknown
	}
	for i := range l.Renditions {
		r := Rendition{N: i, Kind: l.Renditions[i].Kind, Reason: c.Unseen[i]}
		if i < len(c.Tracks) {
			r.Track = c.Tracks[i]
		}
		out.Renditions = append(out.Renditions, r)
	}
	for _, o := range l.Omitted {
		o.URI, _, _ = strings.Cut(o.URI, "?") // its query may hold a viewer's token
		out.Omitted = append(out.Omitted, o)
	}
	return out, nil
}
