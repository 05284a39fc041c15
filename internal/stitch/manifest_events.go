package stitch

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/ads/redact"
	"stitcher/internal/egress"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
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

// manifestsLogged is what was logged of the manifests that a session's answers are made
// from.
type manifestsLogged struct {
	mu sync.Mutex
	// sources are the origin's newest manifests, by rendition, as hashes.
	sources map[int]uint64
	// unread is when the newest marker was seen that could not be read.
	unread int64
}

// fresh is whether the origin's manifest of a rendition was not logged yet.
func (m *manifestsLogged) fresh(n int, source []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sources == nil {
		m.sources = map[int]uint64{}
	}
	hash := xxhash.Sum64(source)
	was, known := m.sources[n]
	m.sources[n] = hash
	return !known || was != hash
}

// news are the markers that were not logged yet.
func (m *manifestsLogged) news(list []ledger.Unread) []ledger.Unread {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := len(list)
	for i > 0 && list[i-1].Seen > m.unread {
		i--
	}
	if len(list) > 0 {
		m.unread = max(m.unread, list[len(list)-1].Seen)
	}
	return list[i:]
}

// logPlaylist logs that a manifest was generated, and before that what of the origin's is
// new in it. The recording has the texts.
func (s *Service) logPlaylist(x *session, v *origin.View, n, bytes int) {
	if !s.opt.Events.Chosen(x.Session) {
		return
	}
	if source, base := v.Document.Source(); x.logged.fresh(n, source) {
		s.logEvent(x.Session, eventlog.OriginManifest, "", slog.Int("rendition", n), slog.Int("bytes", len(source)),
			slog.String("originRequestUrl", redact.Text(base.String(), x.Session)))
	}
	for _, u := range x.logged.news(x.stream.Unread()) {
		s.logEvent(x.Session, eventlog.SCTE35Error, u.Line, slog.Int64("mediaSequence", u.Sequence))
	}
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
