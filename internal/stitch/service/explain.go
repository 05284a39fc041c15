package service

import (
	"context"

	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
)

// Bundle is what is recorded of a session, as a file.
func (s *Service) Bundle(ctx context.Context, id string) (*bundle.Bundle, error) {
	if s.opt.Recorder == nil {
		return nil, recording.ErrNotRecorded
	}
	return s.opt.Recorder.Bundle(ctx, id)
}

// Explain gathers what is known of a session, for an hour after it is over and, of one that is
// recorded, for as long as its recording is kept.
func (s *Service) Explain(ctx context.Context, past records.Past, id string) (*explain.Session, error) {
	return s.explainer.Explain(ctx, past, id)
}
