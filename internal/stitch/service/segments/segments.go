// Package segments finds the files of the ad segments that players ask for.
package segments

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/pause"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/stitch/service/answers"
	"stitcher/internal/store"
)

// Finder finds the files of ad segments, and the events that their requests imply.
type Finder struct {
	Placer *placing.Placer
	// Shared is set where other nodes may have listed a segment.
	Shared bool
	Now    func() time.Time
	// Fault logs an error, and is what the player of a session is told of it.
	Fault func(err error, x *playback.Session) error
}

// missing says why a segment is not found that may be found later: another node has listed it,
// from a newer manifest or with the store in reach.
type missing struct{ error }

// look is what find finds. It asks again for an answer's time while the segment is missing,
// which with a target duration of 10 s at most is as long as a manifest is not fetched again.
func (f *Finder) look(ctx context.Context, x *placing.Subject, find func() (string, avail.Trigger, error)) (string, avail.Trigger, error) {
	for until := f.Now().Add(answers.Budget); ; {
		file, t, err := find()
		why, is := errors.AsType[missing](err)
		switch {
		case !is:
			return file, t, err
		case !f.Shared || !f.Now().Before(until):
			return "", avail.Trigger{}, f.Fault(why.error, x.Session)
		case !pause.For(ctx, placing.StepPause):
			return "", avail.Trigger{}, ctx.Err()
		}
	}
}

// read learns what other nodes have recorded of a session, unless the store is away.
func (f *Finder) read(ctx context.Context, x *placing.Subject) error {
	if !f.Shared {
		return nil
	}
	if err := x.Read(ctx); !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return nil
}

// revived is nil where the runs of a session are what its records say: what was decided is
// there, and what was not has no segments.
func revived(err error) error {
	if errors.As(err, new(*stitch.Wait)) || errors.Is(err, reference.ErrOutOfStep) {
		return nil
	}
	return err
}
