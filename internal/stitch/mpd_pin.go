package stitch

import (
	"context"
	"slices"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin"
)

// pinName and pinPeriod name what of an MPD never changes once it was published
// (dash-players P2).
const (
	pinName   = "start"
	pinPeriod = "period/"
)

// pinned are the starts of a live MPD as they were first published, on any node.
// Same is whether the origin says so too.
func pinned(ctx context.Context, stream *origin.Stream, t *dash.Template) (at int64, starts []dash.Start, same bool, err error) {
	at, starts = t.Starts()
	if !t.Dynamic() {
		return at, starts, true, nil
	}
	names, values := []string{pinName}, []int64{at}
	for _, p := range starts {
		names, values = append(names, pinPeriod+p.ID), append(values, p.At)
	}
	got, err := stream.Pin(ctx, names, values)
	if err != nil {
		return 0, nil, false, err
	}
	if slices.Equal(got, values) {
		return at, starts, true, nil
	}
	pins := make([]dash.Start, len(starts))
	for i := range starts {
		pins[i] = dash.Start{ID: starts[i].ID, At: got[i+1]}
	}
	return got[0], pins, false, nil
}
