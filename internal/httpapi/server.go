package httpapi

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// maxHeaderBytes bounds request line and headers. Players put their parameters
// into the query: an ad parameter's value alone may have 25,000 characters.
const maxHeaderBytes = 64 << 10

// NewServer returns an HTTP server for addr with every time limit set: a
// server without them keeps the connection of a client that never finishes its
// headers, or never reads its answer, for ever. tlsConfig may be nil, for plain
// HTTP; log gets what the server itself complains of (TLS handshakes, refused
// connections).
func NewServer(addr string, h http.Handler, tlsConfig *tls.Config, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		// Long enough for an ad segment of some megabytes over a poor mobile
		// link, and for a CPU profile of the default half minute.
		WriteTimeout: 2 * time.Minute,
		// Longer than the usual idle limits of load balancers (60 s): the side
		// that reuses connections should be the one that closes them.
		IdleTimeout:    90 * time.Second,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
