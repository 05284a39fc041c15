package admin

import (
	"context"
	"encoding/json"

	"stitcher/internal/stitch"
)

// Explainer says why the avails of a session looked as they did. The error is
// stitch.ErrNoSession where nothing is known of it.
type Explainer func(ctx context.Context, id string) (*stitch.Explanation, error)

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
