package stitch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/playlists"
)

// sources are the renditions of a layout as a node gets them from the origin.
type sources interface {
	// fetch is the error with which the playlist of rendition n can't be had; failing
	// is that of the origin where it is not a passing one, although the last playlist
	// may be served meanwhile.
	fetch(ctx context.Context, n int) error
	failing(n int) error
	// view is the newest view of rendition n.
	view(ctx context.Context, n int) (*origin.View, error)
	// published is the newest view of rendition n that any node has had.
	published(ctx context.Context, n int) (*origin.View, error)
	// moved is told that rendition n feeds the timeline from now on.
	moved(n int)
	// now is the node's clock.
	now() time.Time
}

// errNoFeeder says that the rendition that feeds the timeline is none of the
// session's.
var errNoFeeder = errors.New("the layout does not have the rendition that feeds the timeline")

// views are the newest views of the timeline and of rendition n. Where the
// rendition that feeds the timeline has died, another one takes its place; until
// one can, the timeline stays as it is.
func views(ctx context.Context, src sources, stream *ledger.Stream, l *origin.Layout, n int, off switches) (ref, v *origin.View, err error) {
	for range maxMoves {
		feeder, err := feederOf(ctx, src, stream, l)
		if err != nil {
			return nil, nil, err
		}
		v, fault, err := feed(ctx, src, stream, feeder)
		if err != nil {
			return nil, nil, err
		}
		if !off.move && stream.Silent(src.now(), fault != nil) {
			if err := succeed(ctx, src, stream, l, feeder, fault != nil); err != nil {
				return nil, nil, err
			}
		}
		if next, err := feederOf(ctx, src, stream, l); err != nil || next != feeder {
			continue // it has moved, by this node or another
		}
		if n == feeder && fault != nil && v == nil {
			return nil, nil, fault
		}
		// The timeline is never older than the view of what feeds it: it is read last.
		ref = stream.Newest(origin.Reference)
		if ref == nil || stream.Behind(origin.Reference, ref) {
			return nil, nil, errOutOfStep
		}
		if n != feeder {
			v, err = src.view(ctx, n)
		}
		return ref, v, err
	}
	return nil, nil, errOutOfStep
}

// maxMoves bounds how often the timeline may move while one request looks at it.
const maxMoves = 4

// feed brings the timeline up to date with the rendition that feeds it. fault is
// why the origin does not serve that, which is no error of other renditions.
func feed(ctx context.Context, src sources, stream *ledger.Stream, feeder int) (v *origin.View, fault, err error) {
	if feeder < 0 {
		return nil, errNoFeeder, nil
	}
	v, err = src.view(ctx, feeder)
	if fault = src.failing(feeder); fault == nil && err != nil {
		fault = src.fetch(ctx, feeder)
	}
	if fault == nil {
		return v, nil, err
	}
	if v == nil && stream.Behind(origin.Reference, stream.Newest(origin.Reference)) {
		if _, err := src.published(ctx, feeder); err != nil && ctx.Err() == nil {
			return nil, fault, nil // neither a node nor the store has kept it
		}
	}
	return v, fault, ctx.Err()
}

// feederOf is the rendition of the layout that feeds the timeline, -1 if it is none
// of them. The first one is that which the origin serves when the stream is first
// seen.
func feederOf(ctx context.Context, src sources, stream *ledger.Stream, l *origin.Layout) (int, error) {
	name, begun := stream.Feeder()
	if !begun {
		var fault error
		for _, n := range l.Feeders() {
			err := src.fetch(ctx, n)
			if err == nil {
				if err := stream.Begin(ctx, l.Renditions[n].Name); err != nil {
					return -1, err
				}
				fault = nil
				break
			}
			if ctx.Err() != nil {
				return -1, ctx.Err()
			}
			fault = cmp.Or(fault, err)
		}
		if fault != nil {
			return -1, fault
		}
		name, _ = stream.Feeder()
	}
	for n := range l.Renditions {
		if l.Renditions[n].Name == name {
			return n, nil
		}
	}
	return -1, nil
}

// succeed moves the timeline to the first rendition that can feed it, if there is
// one. Sound does where no picture could for a while.
func succeed(ctx context.Context, src sources, stream *ledger.Stream, l *origin.Layout, feeder int, lost bool) error {
	long := stream.Silent(src.now(), false)
	for _, n := range l.Feeders() {
		if n == feeder || !long && l.Renditions[n].Kind != l.Renditions[l.Reference].Kind {
			continue
		}
		if src.fetch(ctx, n) != nil || src.failing(n) != nil {
			continue
		}
		_, _ = src.view(ctx, n) // what can't be placed does not move the timeline
		if ctx.Err() != nil {
			return ctx.Err()
		}
		moved, err := stream.Move(ctx, l.Renditions[n].Name, src.now(), lost)
		if err != nil {
			return err
		}
		if moved {
			src.moved(n)
			return nil
		}
	}
	if stream.Forlorn(src.now()) {
		for _, n := range l.Feeders() {
			if n == feeder || src.fetch(ctx, n) != nil || src.failing(n) != nil {
				continue
			}
			moved, err := stream.Resume(ctx, l.Renditions[n].Name, src.now())
			if err != nil {
				return err
			}
			if moved {
				src.moved(n)
				return nil
			}
		}
	}
	// What is known of the others may say at the next request where one of these stands.
	for n := range l.Renditions {
		if l.Renditions[n].Kind == origin.Subtitle && src.fetch(ctx, n) == nil && src.failing(n) == nil {
			_, _ = src.view(ctx, n)
		}
	}
	return ctx.Err()
}

// sessionSources are the renditions of a session.
type sessionSources struct {
	*Service
	x *session
}

func (s sessionSources) moved(n int) {
	s.opt.Log.Info("another rendition takes the place of the reference", "session", s.x.ID, "rendition", n)
}

func (s sessionSources) now() time.Time { return s.opt.Now() }

func (s sessionSources) fetch(ctx context.Context, n int) error {
	_, err := playlists.Media(ctx, s.opt.Manifests, s.x.layout.Renditions[n].URL, s.x.options, false)
	return err
}

func (s sessionSources) failing(n int) error {
	return s.opt.Manifests.Failing(s.x.layout.Renditions[n].URL)
}

func (s sessionSources) published(ctx context.Context, n int) (*origin.View, error) {
	return s.Service.published(ctx, s.x, s.x.layout.Renditions[n])
}

func (s sessionSources) view(ctx context.Context, n int) (*origin.View, error) {
	return s.Service.view(ctx, s.x, n)
}
