package hlsplan

import (
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
)

// Empty is the plan of a playlist of which no segment can be listed.
func Empty(t *hls.Template, plan *hls.Plan) {
	*plan = hls.Plan{
		Sequence: t.Sequence, Discontinuity: t.Discontinuity, Runs: plan.Runs[:0], Shifts: plan.Shifts[:0], Signals: plan.Signals[:0],
		Tail: len(t.Segments) == 0,
	}
}

// TemplateOf is the playlist that a view of a rendition was read from.
func TemplateOf(v *origin.View) *hls.Template { return v.Document.(*hls.Template) }
