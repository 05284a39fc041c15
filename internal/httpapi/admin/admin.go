package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/httpapi"
	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/sigv4"
	"stitcher/internal/store"
	"stitcher/internal/tracing"
)

// signedService is the signing name of MediaTailor's API.
const signedService = "mediatailor"

// Options configures the plane. Configurations, Schedules, Explain, Search, Bundle, Creatives, Ready and
// Log are required.
type Options struct {
	Configurations *config.Configurations
	// Schedules are the prefetch schedules of Configurations; required.
	Schedules *prefetch.Schedules
	// Explain looks sessions up; required.
	Explain Explainer
	// Search finds sessions; required.
	Search Searcher
	// Bundle gives the recordings of sessions; required.
	Bundle Bundler
	// Creatives are the prepared creatives; required.
	Creatives Creatives
	// Rollups are what reports are made of.
	Rollups store.Rollups
	// Naming makes ARNs and endpoint prefixes. Without its PublicURL the
	// prefixes have the request's host name and the port of ViewerListen.
	Naming awsapi.Naming
	// ViewerListen is the address of the viewer plane.
	ViewerListen string
	// ViewerTLS is whether the viewer plane speaks TLS.
	ViewerTLS bool
	// Listen is the address of this plane.
	Listen string
	// Hosts are further host names under which this plane is reached.
	Hosts []string
	// AnyHost accepts every Host, as --insecure-admin says: anyone who reaches
	// the plane may do anything already.
	AnyHost bool
	// AccessKey and SecretKey turn on signatures; both or none.
	AccessKey, SecretKey string
	Ready                *Readiness
	// Gatherer has what /metrics shows; nil is an empty page.
	Gatherer prometheus.Gatherer
	// Metrics observes every request; nil observes none.
	Metrics *httpapi.Metrics
	// Tracer makes a trace of each request; nil makes none.
	Tracer *tracing.Tracer
	// OpenAPI is the document at /openapi.yaml.
	OpenAPI []byte
	Log     *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// NewRequestID makes the x-amzn-RequestId of answers; nil makes UUIDs.
	NewRequestID func() string
}

// New returns the admin plane. It fails if the options can't work.
func New(o Options) (http.Handler, error) {
	if o.Configurations == nil || o.Schedules == nil || o.Explain == nil || o.Search == nil || o.Bundle == nil || o.Creatives == nil || o.Ready == nil || o.Log == nil {
		return nil, errors.New("admin plane: configurations, schedules, explainer, searcher, bundler, creatives, readiness and log are required")
	}
	if (o.AccessKey == "") != (o.SecretKey == "") {
		return nil, errors.New("admin plane: access key and secret key must be set together")
	}
	p := &plane{
		configurations: o.Configurations,
		schedules:      o.Schedules,
		explain:        o.Explain,
		search:         o.Search,
		bundle:         o.Bundle,
		creatives:      o.Creatives,
		rollups:        o.Rollups,
		base:           newViewerBase(o),
		guard:          newGuard(o),
		now:            o.Now,
	}
	if p.now == nil {
		p.now = time.Now
	}
	if o.AccessKey != "" {
		p.signatures = sigv4.New(sigv4.Options{AccessKey: o.AccessKey, SecretKey: o.SecretKey, Service: signedService, Now: p.now})
	}
	if o.Gatherer == nil {
		o.Gatherer = prometheus.NewRegistry()
	}
	var routes []adapter.Route
	for _, r := range resources(p.routes(o)) {
		routes = append(routes, p.adapted(r))
	}
	return adapter.New(adapter.Options{
		Plane: planeName, Log: o.Log, Metrics: o.Metrics, Tracer: o.Tracer, Now: p.now, NewRequestID: o.NewRequestID, AlwaysID: true,
		Errors: errorTable, Internal: "InternalFailure", Begin: begin,
		Unmatched: p.adapted(resource{}).Handle,
	}, routes), nil
}

// begin sets the headers of every answer.
func begin(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// plane holds what the handlers share; nothing in it changes after New.
type plane struct {
	configurations *config.Configurations
	schedules      *prefetch.Schedules
	explain        Explainer
	search         Searcher
	bundle         Bundler
	creatives      Creatives
	rollups        store.Rollups
	base           viewerBase
	guard          guard
	// signatures is nil without keys.
	signatures *sigv4.Verifier
	now        func() time.Time
}
