package segments

import (
	"context"
	"errors"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/service/fault"
)

// InPlaylist is the file of the ad segment that has a number in media playlist n of a session,
// and the events that its request implies.
func (f *Finder) InPlaylist(ctx context.Context, x *placing.Subject, n int, sequence int64) (string, avail.Trigger, error) {
	return f.look(ctx, x, func() (string, avail.Trigger, error) { return f.inPlaylist(ctx, x, n, sequence) })
}

// inPlaylist is InPlaylist, by what is known by now.
func (f *Finder) inPlaylist(ctx context.Context, x *placing.Subject, n int, sequence int64) (string, avail.Trigger, error) {
	x.Lock()
	defer x.Unlock()
	at, ok := x.SpotAt(n, sequence)
	if !ok {
		// The playlist may have been another node's, and after a restart the runs
		// are made by the first playlist request: a player that resumes in the
		// middle of an ad asks for segments first.
		if err := f.revive(ctx, x, n); err != nil {
			return "", avail.Trigger{}, missing{err}
		}
		at, ok = x.SpotAt(n, sequence)
	}
	if !ok {
		return "", avail.Trigger{}, missing{fault.NotFound("session %s has no ad segment %d in media playlist %d", x.ID, sequence, n)}
	}
	file, t, err := x.File(ctx, n, at)
	if err != nil {
		return "", avail.Trigger{}, missing{fault.NotFound("the ad segment is no longer there")}
	}
	return file, t, nil
}

// revive rebuilds a session's runs from its records.
func (f *Finder) revive(ctx context.Context, x *placing.Subject, n int) error {
	ref, v, err := f.Placer.Views(ctx, x, n)
	if err != nil {
		if errors.As(err, new(*placing.EmptyError)) {
			return nil // there is nothing to revive
		}
		return err
	}
	if err := f.read(ctx, x); err != nil {
		return err
	}
	var plan hls.Plan
	var ads hlsplan.Pool
	for range stitch.MaxReplans {
		err = x.Plan(ctx, n, ref, v, stitch.Patience{Now: f.Now()}, &plan, &ads)
		if !errors.Is(err, stitch.ErrMoved) {
			break
		}
	}
	return revived(err)
}
