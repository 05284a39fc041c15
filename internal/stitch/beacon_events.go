package stitch

import (
	"log/slog"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/eventlog"
)

// BeaconEvents logs the calls of tracking URLs as MediaTailor does.
type BeaconEvents struct {
	Log            *eventlog.Log
	Configurations Configurations
}

// Called implements tracking.Teller.
func (b *BeaconEvents) Called(p *playback.Session, key avail.Key, event, url, failure string) {
	if !b.Log.Chosen(p) {
		return
	}
	c, err := b.Configurations.Configuration(p.Configuration)
	if err != nil {
		return // it was deleted, with its log settings
	}
	e := eventlog.BeaconFired
	if failure != "" {
		e = eventlog.ErrorBeaconFailed
	}
	if b.Log.Wants(c, p, e) {
		url = redact.Text(url, p)
		b.Log.Write(p, e, failure, slog.String("requestId", key.String()), slog.String("trackingEvent", event),
			slog.String("beaconUrl", url[:min(len(url), eventlog.MaxText)]))
	}
}
