package viewer

import (
	"net/http"
	"strings"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/stitch/service"
)

// Limits of a session's parameters (reference §2.2). They live as long as the
// session does, so they are bounded; the sum of an explicit request's is
// bounded by its body, that of a query by the server's header limit.
const (
	maxParams         = 500
	maxParamName      = 10_000
	maxParamValue     = 25_000
	maxManifestParams = 2_000
)

// params are a session's parameters while they are collected from a query or a
// body. Where a name comes twice the first counts, as in url.Values.Get; the
// body of an explicit request is read before its query.
type params struct {
	count    int
	session  string
	origin   strings.Builder
	manifest strings.Builder
	// manifestSize counts names and values, which is what the limit is on.
	manifestSize int
	ads          map[string]string
	player       map[string]string
	features     map[string]string
}

// request is the start request of what has been collected.
func (p *params) request(t target, explicit bool, from proxies, r *http.Request) service.StartRequest {
	v := from.viewer(r)
	return service.StartRequest{
		Configuration: t.configuration,
		Asset:         t.rest,
		OriginQuery:   p.origin.String(),
		AdsParams:     p.ads,
		PlayerParams:  p.player,
		ManifestQuery: p.manifest.String(),
		Features:      p.features,
		Explicit:      explicit,
		Client:        from.network(v.IP),
		Viewer:        v,
	}
}

// admit counts a parameter and holds it to the limits.
func (p *params) admit(name, value string) error {
	p.count++
	switch {
	case p.count > maxParams:
		return adapter.BadRequest("there are more than %d parameters", maxParams)
	case len(name) > maxParamName:
		return adapter.BadRequest("the name of a parameter has more than %d characters", maxParamName)
	case len(value) > maxParamValue:
		return adapter.BadRequest("the value of parameter %q has more than %d characters", clip(name), maxParamValue)
	}
	return nil
}

// addOrigin appends a parameter, already escaped, to the origin's query.
func (p *params) addOrigin(raw string) {
	if p.origin.Len() > 0 {
		p.origin.WriteByte('&')
	}
	p.origin.WriteString(raw)
}

// addManifest appends a parameter, already escaped, to the query of manifests
// and segments.
func (p *params) addManifest(raw string) error {
	p.manifestSize += len(raw) - strings.Count(raw, "=")
	if p.manifestSize > maxManifestParams {
		return adapter.BadRequest("the manifest parameters have more than %d characters", maxManifestParams)
	}
	if p.manifest.Len() > 0 {
		p.manifest.WriteByte('&')
	}
	p.manifest.WriteString(raw)
	return nil
}

// put sets a name that is not set yet.
func put(m *map[string]string, name, value string) {
	if *m == nil {
		*m = make(map[string]string)
	}
	if _, set := (*m)[name]; !set {
		(*m)[name] = value
	}
}

// clip shortens what a client said, for an error that shows it.
func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}
