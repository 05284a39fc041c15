package viewer

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi"
	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/client"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/service/start"
	"stitcher/internal/tracing"
)

// Service is what the plane asks of the stitching service. Errors that a
// player is told of are *fault.Error; every other one is answered as 500.
type Service interface {
	// Start makes a new session.
	Start(ctx context.Context, r start.Request) (*playback.Session, error)
	// Resume finds a session of a configuration.
	Resume(ctx context.Context, configuration, session string) (*playback.Session, error)
	// Multivariant appends the session's multivariant playlist to dst. The URI
	// of child n is prefix + n + ".m3u8".
	Multivariant(ctx context.Context, s *playback.Session, prefix string, dst []byte) ([]byte, error)
	// MediaPlaylist appends media playlist n of a session to dst.
	MediaPlaylist(ctx context.Context, configuration, session string, n int, dst []byte) ([]byte, error)
	// Segment names the file of an ad segment, "{assetID}/{name}" or an
	// absolute URL, once the beacons that it triggers are durable.
	Segment(ctx context.Context, r service.SegmentRequest) (file string, err error)
	// Tracking is the tracking document of a session.
	Tracking(ctx context.Context, r service.TrackingRequest) (clientside.Answer, error)
	// StartMPD is the session of a request for an MPD that names none.
	StartMPD(ctx context.Context, r start.Request) (*playback.Session, error)
	// MPD appends the MPD of a session to dst.
	MPD(ctx context.Context, r service.MPDRequest, dst []byte) (service.MPDAnswer, error)
	// DASHSegment is Segment for an ad segment of an MPD.
	DASHSegment(ctx context.Context, r service.DASHSegmentRequest) (file string, err error)
}

// GzipService is implemented by a Service that can answer a media playlist as
// one gzip member; players that accept gzip then get that. There is no
// compressing middleware: deflating a DVR playlist for each viewer costs fifty
// times its splicing (design §8).
type GzipService interface {
	// MediaPlaylistGzip is MediaPlaylist, compressed.
	MediaPlaylistGzip(ctx context.Context, configuration, session string, n int, dst []byte) ([]byte, error)
}

// Files finds rendition files.
type Files interface {
	// Open opens a file of an asset, which may have to be copied from a shared store
	// first. An error that is transcodecache.ErrUnknownAsset or fs.ErrNotExist is
	// answered with 404.
	Open(ctx context.Context, asset, name string) (*os.File, error)
}

// Options configures the plane. Service, Files, Log and Hash are required.
type Options struct {
	Service Service
	Files   Files
	Log     *slog.Logger
	// Metrics observes every request; nil observes none.
	Metrics *httpapi.Metrics
	// Tracer makes a trace of each request; nil makes none.
	Tracer *tracing.Tracer
	// Ready answers /readyz; without it the route does not exist.
	Ready http.Handler
	// TrustedProxies are the peers whose forwarded headers count. Loopback
	// peers are trusted always.
	TrustedProxies []netip.Prefix
	// Hash is the account hash of the URLs that are emitted; in requests any
	// is accepted.
	Hash string
	// PublicURL is the absolute base of the plane, such as
	// "https://ads.example.com". Empty: URLs are relative.
	PublicURL string
	// Now is the clock of durations; nil is time.Now.
	Now func() time.Time
	// NewRequestID makes the x-amzn-RequestId of errors; nil makes UUIDs.
	NewRequestID func() string
}

// New returns the viewer plane. It fails if the options can't work: a missing
// service, a hash that is none, a public URL that is not an absolute http one.
func New(o Options) (http.Handler, error) {
	if o.Service == nil || o.Files == nil || o.Log == nil {
		return nil, errors.New("viewer plane: service, files and log are required")
	}
	if !target.IsHash(o.Hash) {
		return nil, errors.New("viewer plane: the account hash must be letters and digits")
	}
	base, err := publicBase(o.PublicURL)
	if err != nil {
		return nil, err
	}
	p := &plane{
		service: o.Service,
		files:   o.Files,
		hash:    o.Hash,
		base:    base,
		proxies: o.TrustedProxies,
		fixed:   newFixedHeaders(),
	}
	p.gzip, _ = o.Service.(GzipService)
	var routes []adapter.Route
	for _, r := range p.routes(o.Ready) {
		routes = append(routes, p.adapted(r))
	}
	return adapter.New(adapter.Options{
		Plane: planeName, Log: o.Log, Metrics: o.Metrics, Tracer: o.Tracer, Now: o.Now, NewRequestID: o.NewRequestID,
		Errors: errorTable, Internal: "InternalServiceError", Begin: p.cors,
		Unmatched:     p.unmatched,
		UnknownMethod: func(echo.Context) error { return adapter.MethodNotAllowed(allowRead) },
	}, routes), nil
}

// plane holds what the handlers share; nothing in it changes after New.
type plane struct {
	service Service
	gzip    GzipService
	files   Files
	hash    string
	base    string
	proxies client.Proxies
	fixed   fixedHeaders
	buffers bufferPool
}

// The routes' first elements.
const (
	masterPrefix      = "/v1/master/"
	sessionPrefix     = "/v1/session/"
	manifestPrefix    = "/v1/manifest/"
	segmentPrefix     = "/v1/segment/"
	trackingPrefix    = "/v1/tracking/"
	dashPrefix        = "/v1/dash/"
	dashSegmentPrefix = "/v1/dashsegment/"
	mediaPrefix       = "/tm/"
)

// routes is the whole plane. Handlers cut the escaped path themselves: Echo
// matches on the decoded path when it can and on the escaped one otherwise, so
// its parameters are sometimes decoded and sometimes not. The pattern only
// chooses the handler, and is the label.
func (p *plane) routes(ready http.Handler) []route {
	all := []route{
		{pattern: masterPrefix + ":hash/:config/*", allow: allowRead, handle: p.master},
		{pattern: sessionPrefix + ":hash/:config/*", allow: allowPost, handle: p.session},
		{pattern: manifestPrefix + ":hash/:config/:session/:n", allow: allowRead, session: 5, handle: p.manifest},
		{pattern: segmentPrefix + ":hash/:config/:session/:n/:seq", allow: allowRead, session: 5, handle: p.segment},
		{pattern: dashPrefix + ":hash/:config/*", allow: allowRead, handle: p.mpd},
		{pattern: dashSegmentPrefix + ":hash/:config/:session/:item/:track/:seq", allow: allowRead, session: 5, handle: p.dashSegment},
		{pattern: trackingPrefix + ":hash/:config/:session", allow: allowPost, session: 5, handle: p.tracking},
		{pattern: mediaPrefix + ":hash/:asset/:file", allow: allowRead, handle: p.media},
		{pattern: "/healthz", allow: allowRead, handle: p.healthy},
	}
	if ready != nil {
		all = append(all, route{pattern: "/readyz", allow: allowRead, handle: func(c echo.Context) error {
			ready.ServeHTTP(c.Response(), c.Request())
			return nil
		}})
	}
	return all
}

// healthy is liveness: the process answers.
func (p *plane) healthy(c echo.Context) error {
	w := c.Response()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header()["Cache-Control"] = p.fixed.noStore
	adapter.Write(c, http.StatusOK, []byte("ok\n"))
	return nil
}

// publicBase checks the public URL and drops the slash at its end.
func publicBase(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("viewer plane: the public URL must be http(s)://host[/path] without query")
	}
	return strings.TrimSuffix(raw, "/"), nil
}
