package stitch

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"stitcher/internal/ads/redact"
	"stitcher/internal/egress"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/eventlog"
)

// logEvent logs an event of the manifest service unless the session does not log it.
func (s *Service) logEvent(p *playback.Session, e eventlog.Event, text string, attrs ...slog.Attr) {
	if p == nil || !s.opt.Events.Chosen(p) {
		return
	}
	if c, err := s.configuration(p.Configuration); err == nil && s.opt.Events.Wants(c, p, e) {
		s.opt.Events.Write(p, e, redact.Text(text, p), attrs...)
	}
}

// logPlaylist logs that a media playlist was generated. The recording has its text.
func (s *Service) logPlaylist(x *session, n, bytes int) {
	s.logEvent(x.Session, eventlog.GeneratedManifest, "", slog.Int("rendition", n), slog.Int("bytes", bytes))
}

// manifestFault is the event of a manifest that could not be made.
func manifestFault(err error) eventlog.Event {
	switch {
	case errors.As(err, new(*manifests.StatusError)):
		return eventlog.ManifestError
	case errors.Is(err, manifests.ErrUnusable), errors.Is(err, egress.ErrTooLarge):
		return eventlog.ParsingError
	case errors.Is(err, egress.ErrBlocked), errors.Is(err, egress.ErrURL):
		return eventlog.HostDisallowed
	case errors.As(err, new(*net.DNSError)):
		return eventlog.UnknownHost
	case errors.Is(err, context.DeadlineExceeded):
		return eventlog.TimeoutError
	case errors.As(err, new(*net.OpError)):
		return eventlog.ConnectionError
	case errors.As(err, new(*egress.RequestError)):
		return eventlog.IOError
	}
	return eventlog.UnknownError
}
