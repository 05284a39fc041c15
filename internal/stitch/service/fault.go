package service

import (
	"context"
	"errors"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/service/fault"
)

// fault logs an error, and is what the player of a session is told of it. What is for the player
// already stays as it is, and so does the end of the request; neither is logged, nor is an MPD
// without segments.
func (s *Service) fault(err error, x *playback.Session) error {
	if errors.As(err, new(*fault.Error)) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, placing.ErrEmptyMPD) {
		return &fault.Error{Status: 503, Type: "LoadShed", Public: "the origin's MPD has no segments", Err: err}
	}
	s.events.Fault(x, err)
	return fault.Of(err, x)
}

// layoutOf is the layout of a session.
func (s *Service) layoutOf(ctx context.Context, p *playback.Session) (*layouts.Layout, error) {
	l, err := s.layouts.Get(ctx, p)
	if errors.Is(err, layouts.ErrUnknown) {
		return nil, fault.NotFound("session %s does not exist", p.ID)
	}
	return l, err
}
