// Package events tells which of the events that MediaTailor logs happened: in a decision, in a manifest, at a tracking
// URL.
package events

import (
	"log/slog"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/eventlog"
)

// Configurations finds playback configurations by name.
type Configurations interface {
	// Configuration is the configuration in force; an error if there is none.
	Configuration(name string) (*config.Configuration, error)
}

// Logger logs MediaTailor's events of sessions.
type Logger struct {
	// Log bounds and writes the events; nil writes none.
	Log            *eventlog.Log
	Configurations Configurations
}

// Called logs the call of a tracking URL. It implements tracking.Teller.
func (l *Logger) Called(p *playback.Session, key avail.Key, event, url, failure string) {
	if !l.Log.Chosen(p) {
		return
	}
	c, err := l.Configurations.Configuration(p.Configuration)
	if err != nil {
		return // it was deleted, with its log settings
	}
	e := eventlog.BeaconFired
	if failure != "" {
		e = eventlog.ErrorBeaconFailed
	}
	if l.Log.Wants(c, p, e) {
		url = redact.Text(url, p)
		l.Log.Write(p, e, failure, slog.String("requestId", key.String()), slog.String("trackingEvent", event),
			slog.String("beaconUrl", url[:min(len(url), eventlog.MaxText)]))
	}
}
