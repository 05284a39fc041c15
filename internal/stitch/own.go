package stitch

import (
	"context"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Spans are the avails of an epoch for this session, in order: the stream's and
// its own.
func (s *Playback) Spans(epoch int) []*origin.Span { return s.known.Spans(s.Stream, epoch) }

// follow adds what a view of the reference shows of an own avail that is not
// over, and records its return once f has returned.
func (s *Playback) follow(ctx context.Context, o *known.Own, f *pods.Fill, ref *origin.View) error {
	rec, returned := o.Follow(f, ref)
	if !returned {
		return nil
	}
	var stored records.Return
	if err := s.record(ctx, "return/"+o.Key.String(), rec, &stored); err != nil {
		return err
	}
	o.Fix(stored)
	return nil
}
