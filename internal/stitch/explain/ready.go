package explain

import (
	"context"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Prepared tells when creatives became ready.
type Prepared interface {
	// MadeAt is when a creative was prepared for a profile; the zero time is that it is not,
	// or not known.
	MadeAt(ctx context.Context, profile string, c avail.Creative) (time.Time, error)
}

// readyTimes are when the ads that a decision skipped, because they were not ready, became
// ready: a time for each skip, the zero time where it was skipped for another reason or is
// not ready yet. The decision has its URLs unmasked.
func (e *Explainer) readyTimes(ctx context.Context, p *playback.Session, profile string, d *avail.Decision) ([]time.Time, error) {
	times := make([]time.Time, len(d.Skips))
	if e.Prepared == nil || profile == "" {
		return times, nil
	}
	for i := range d.Skips[:min(len(d.Skips), maxReadyTimes)] {
		k := &d.Skips[i]
		if !k.Reason.Unready() || k.MediaURL == "" {
			continue
		}
		at, err := e.Prepared.MadeAt(ctx, profile, avail.Creative{
			URL: k.MediaURL, Duration: k.Duration, Configuration: p.Configuration, AdServer: k.AdServer, Streaming: k.Streaming,
		})
		if err != nil {
			return nil, fmt.Errorf("session %s: %w", p.ID, err)
		}
		if at.UnixMicro() >= d.Decided-time.Second.Microseconds() { // it is kept in whole seconds
			times[i] = at.UTC()
		}
	}
	return times, nil
}

// maxReadyTimes bounds the creatives that are looked up for an avail.
const maxReadyTimes = 20
