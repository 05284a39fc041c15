// Package reference keeps the timeline of a stream fed: by the rendition that feeds it, or by another one once that has died.
package reference

import (
	"cmp"
	"context"
	"errors"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
)

// Sources are the renditions of a layout as a node gets them from the origin.
type Sources interface {
	// Fetch is the error with which the playlist of rendition n can't be had; Failing
	// is that of the origin where it is not a passing one, although the last playlist
	// may be served meanwhile.
	Fetch(ctx context.Context, n int) error
	Failing(n int) error
	// View is the newest view of rendition n.
	View(ctx context.Context, n int) (*origin.View, error)
	// Published is the newest view of rendition n that any node has had.
	Published(ctx context.Context, n int) (*origin.View, error)
	// Moved is told that rendition n feeds the timeline from now on.
	Moved(n int)
	// Now is the node's clock.
	Now() time.Time
}

// errNoFeeder says that the rendition that feeds the timeline is none of the
// session's.
var errNoFeeder = errors.New("the layout does not have the rendition that feeds the timeline")

// Views are the newest views of the timeline and of rendition n. Where the
// rendition that feeds the timeline has died, another one takes its place; until
// one can, the timeline stays as it is. Still leaves it to the rendition that fed it first.
func Views(ctx context.Context, src Sources, stream *ledger.Stream, l *origin.Layout, n int, still bool) (ref, v *origin.View, err error) {
	for range maxMoves {
		feeder, err := feederOf(ctx, src, stream, l)
		if err != nil {
			return nil, nil, err
		}
		v, fault, err := feed(ctx, src, stream, feeder)
		if err != nil {
			return nil, nil, err
		}
		if !still && stream.Silent(src.Now(), fault != nil) {
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
			return nil, nil, ErrOutOfStep
		}
		if n != feeder {
			v, err = src.View(ctx, n)
		}
		return ref, v, err
	}
	return nil, nil, ErrOutOfStep
}

// maxMoves bounds how often the timeline may move while one request looks at it.
const maxMoves = 4

// feed brings the timeline up to date with the rendition that feeds it. fault is
// why the origin does not serve that, which is no error of other renditions.
func feed(ctx context.Context, src Sources, stream *ledger.Stream, feeder int) (v *origin.View, fault, err error) {
	if feeder < 0 {
		return nil, errNoFeeder, nil
	}
	v, err = src.View(ctx, feeder)
	if fault = src.Failing(feeder); fault == nil && err != nil {
		fault = src.Fetch(ctx, feeder)
	}
	if fault == nil {
		return v, nil, err
	}
	if v == nil && stream.Behind(origin.Reference, stream.Newest(origin.Reference)) {
		if _, err := src.Published(ctx, feeder); err != nil && ctx.Err() == nil {
			return nil, fault, nil // neither a node nor the store has kept it
		}
	}
	return v, fault, ctx.Err()
}

// feederOf is the rendition of the layout that feeds the timeline, -1 if it is none
// of them. The first one is that which the origin serves when the stream is first
// seen.
func feederOf(ctx context.Context, src Sources, stream *ledger.Stream, l *origin.Layout) (int, error) {
	name, begun := stream.Feeder()
	if !begun {
		var fault error
		for _, n := range l.Feeders() {
			err := src.Fetch(ctx, n)
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
func succeed(ctx context.Context, src Sources, stream *ledger.Stream, l *origin.Layout, feeder int, lost bool) error {
	long := stream.Silent(src.Now(), false)
	for _, n := range l.Feeders() {
		if n == feeder || !long && l.Renditions[n].Kind != l.Renditions[l.Reference].Kind {
			continue
		}
		if src.Fetch(ctx, n) != nil || src.Failing(n) != nil {
			continue
		}
		_, _ = src.View(ctx, n) // what can't be placed does not move the timeline
		if ctx.Err() != nil {
			return ctx.Err()
		}
		moved, err := stream.Move(ctx, l.Renditions[n].Name, src.Now(), lost)
		if err != nil {
			return err
		}
		if moved {
			src.Moved(n)
			return nil
		}
	}
	if stream.Forlorn(src.Now()) {
		for _, n := range l.Feeders() {
			if n == feeder || src.Fetch(ctx, n) != nil || src.Failing(n) != nil {
				continue
			}
			moved, err := stream.Resume(ctx, l.Renditions[n].Name, src.Now())
			if err != nil {
				return err
			}
			if moved {
				src.Moved(n)
				return nil
			}
		}
	}
	// What is known of the others may say at the next request where one of these stands.
	for n := range l.Renditions {
		if l.Renditions[n].Kind == origin.Subtitle && src.Fetch(ctx, n) == nil && src.Failing(n) == nil {
			_, _ = src.View(ctx, n)
		}
	}
	return ctx.Err()
}

// ErrOutOfStep says that a rendition and the reference are on different sides
// of a restart of the origin, or that nothing of the rendition may be listed.
var ErrOutOfStep = errors.New("the rendition and the reference are out of step")
