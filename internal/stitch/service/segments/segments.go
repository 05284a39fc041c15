// Package segments finds the files of the ad segments that players ask for.
package segments

import (
	"errors"
	"time"

	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/reference"
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

// revived is nil where the runs of a session are what its records say: what was decided is
// there, and what was not has no segments.
func revived(err error) error {
	if errors.As(err, new(*stitch.Wait)) || errors.Is(err, reference.ErrOutOfStep) {
		return nil
	}
	return err
}
