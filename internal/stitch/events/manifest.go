package events

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
	"stitcher/internal/origin/ledger/unread"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/eventlog"
)

// Event logs an event of a session unless the session does not log it.
func (l *Logger) Event(p *playback.Session, e eventlog.Event, text string, attrs ...slog.Attr) {
	if p == nil || !l.Log.Chosen(p) {
		return
	}
	if c, err := l.Configurations.Configuration(p.Configuration); err == nil && l.Log.Wants(c, p, e) {
		l.Log.Write(p, e, redact.Text(text, p), attrs...)
	}
}

// Manifests is what was logged of the manifests that a session's answers are made
// from.
type Manifests struct {
	mu sync.Mutex
	// sources are the origin's newest manifests, by rendition, as hashes.
	sources map[int]uint64
	// unread is when the newest marker was seen that could not be read.
	unread int64
}

// fresh is whether the origin's manifest of a rendition was not logged yet.
func (m *Manifests) fresh(n int, source []byte) bool {
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
func (m *Manifests) news(list unread.Markers) unread.Markers {
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

// Manifest logs that a manifest of rendition n was generated, and before that what is new of the
// origin's manifest v, and of the markers that could not be read. The recording has the texts.
func (l *Logger) Manifest(p *playback.Session, logged *Manifests, v *origin.View, markers func() unread.Markers, n, bytes int) {
	if !l.Log.Chosen(p) {
		return
	}
	if source, base := v.Document.Source(); logged.fresh(n, source) {
		l.Event(p, eventlog.OriginManifest, "", slog.Int("rendition", n), slog.Int("bytes", len(source)),
			slog.String("originRequestUrl", redact.Text(base.String(), p)))
	}
	for _, u := range logged.news(markers()) {
		l.Event(p, eventlog.SCTE35Error, u.Line, slog.Int64("mediaSequence", u.Sequence))
	}
	l.Event(p, eventlog.GeneratedManifest, "", slog.Int("rendition", n), slog.Int("bytes", bytes))
}

// Fault logs that a manifest could not be made.
func (l *Logger) Fault(p *playback.Session, err error) { l.Event(p, faultOf(err), err.Error()) }

// faultOf is the event of a manifest that could not be made.
func faultOf(err error) eventlog.Event {
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
