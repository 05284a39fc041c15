package admin

import (
	"bytes"
	"context"
	"encoding/json"

	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/explain"
)

// Explainer says why the avails of a session looked as they did. The error is
// stitch.ErrNoSession where nothing is known of it.
type Explainer func(ctx context.Context, id string) (*explain.Session, error)

// Bundler gives what is recorded of a session. The error is stitch.ErrNotRecorded where
// nothing is.
type Bundler func(ctx context.Context, id string) (*bundle.Bundle, error)

// bundleSession answers the recording of a session as a file for `stitcher replay`.
func (p *plane) bundleSession(r *request) (reply, error) {
	labels, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	b, err := p.bundle(r.Context(), labels[0])
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// explainSession answers what MediaTailor has no name for: a session with every
// decision and how it came about.
func (p *plane) explainSession(r *request) (reply, error) {
	id, err := r.label()
	if err != nil {
		return nil, err
	}
	x, err := p.explain(r.Context(), id)
	if err != nil {
		return nil, err
	}
	return rendered(json.Marshal(x))
}
