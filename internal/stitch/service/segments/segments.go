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
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/store"
)

// Finder finds the files of ad segments, and the events that their requests imply.
type Finder struct {
	Placer *placing.Placer
	// Shared is set where other nodes may have listed a segment.
	Shared bool
	Now    func() time.Time
	// Fault is what the player of a session is told of an error.
	Fault func(err error, x *playback.Session) error
}

// lookAgain is how often an ad segment is looked for that another node may have listed.
// It is as long as a manifest is not fetched again, with a target duration of 10 s at
// most, and an answer's budget.
const lookAgain = int(answers.Budget / placing.StepPause)

// look is what find finds. It asks again while other nodes may have listed the segment, from a
// newer manifest or with the store in reach.
func (f *Finder) look(ctx context.Context, find func() (string, avail.Trigger, error)) (string, avail.Trigger, error) {
	file, t, err := find()
	for tries := 0; f.Shared && tries < lookAgain && errors.As(err, new(*fault.Error)); tries++ {
		if !pause.For(ctx, placing.StepPause) {
			return "", avail.Trigger{}, ctx.Err()
		}
		file, t, err = find()
	}
	return file, t, err
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
