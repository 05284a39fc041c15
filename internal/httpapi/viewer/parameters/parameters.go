// Package parameters reads the parameters that a player gives its session: in the query of
// a URL and in the body of an explicit request. It sorts them by whom they are for, and
// counts and bounds them.
package parameters

import (
	"strings"

	"stitcher/internal/httpapi/adapter"
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

// Parameters are a session's parameters.
type Parameters struct {
	// Session is the session that the request names; "" is a new one.
	Session string
	// Origin is the query of the origin's manifests and segments.
	Origin string
	// Manifest is the query of the session's manifests and segments.
	Manifest string
	// Ads are for the ad decision server, Player chooses the values of configuration
	// aliases, and Features are the names and values of aws.*.
	Ads, Player, Features map[string]string
}

// Query reads the raw query of a request that starts or resumes a session.
func Query(raw string) (Parameters, error) {
	var c collector
	if err := c.addQuery(raw, false); err != nil {
		return Parameters{}, err
	}
	return c.parameters(), nil
}

// Explicit reads the body and the raw query of a request that starts a session explicitly.
func Explicit(body []byte, raw string) (Parameters, error) {
	var c collector
	if err := c.addBody(body); err != nil {
		return Parameters{}, err
	}
	if err := c.addQuery(raw, true); err != nil {
		return Parameters{}, err
	}
	return c.parameters(), nil
}

// collector has the parameters of a request while they are read. If a name comes twice,
// the first counts, as in url.Values.Get; the body is read before the query.
type collector struct {
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

func (c *collector) parameters() Parameters {
	return Parameters{
		Session: c.session, Origin: c.origin.String(), Manifest: c.manifest.String(),
		Ads: c.ads, Player: c.player, Features: c.features,
	}
}

// admit counts a parameter and holds it to the limits.
func (c *collector) admit(name, value string) error {
	c.count++
	switch {
	case c.count > maxParams:
		return adapter.BadRequest("there are more than %d parameters", maxParams)
	case len(name) > maxParamName:
		return adapter.BadRequest("the name of a parameter has more than %d characters", maxParamName)
	case len(value) > maxParamValue:
		return adapter.BadRequest("the value of parameter %q has more than %d characters", clip(name), maxParamValue)
	}
	return nil
}

// addOrigin appends a parameter, already escaped, to the origin's query.
func (c *collector) addOrigin(raw string) {
	if c.origin.Len() > 0 {
		c.origin.WriteByte('&')
	}
	c.origin.WriteString(raw)
}

// addManifest appends a parameter, already escaped, to the query of manifests
// and segments.
func (c *collector) addManifest(raw string) error {
	c.manifestSize += len(raw) - strings.Count(raw, "=")
	if c.manifestSize > maxManifestParams {
		return adapter.BadRequest("the manifest parameters have more than %d characters", maxManifestParams)
	}
	if c.manifest.Len() > 0 {
		c.manifest.WriteByte('&')
	}
	c.manifest.WriteString(raw)
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
