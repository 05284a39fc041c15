package viewer

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/target"
	"stitcher/internal/stitch/service/fault"
)

// planeName is the plane's label in metrics and logs.
const planeName = "viewer"

// The methods of a route, as they stand in Allow.
const (
	allowRead = "GET, HEAD, OPTIONS"
	allowPost = "GET, HEAD, OPTIONS, POST"
)

// errorTable is what players are told: the service's own words.
var errorTable = adapter.Table{
	adapter.As(func(e *fault.Error) *adapter.Error {
		return &adapter.Error{Status: e.Status, Type: e.Type, Public: e.Public, RetryAfter: e.RetryAfter, Err: e.Err}
	}),
}

// route is one row of the plane's table.
type route struct {
	// pattern is Echo's pattern and the route's label.
	pattern string
	// allow lists the methods that handle knows.
	allow string
	// session is where the path, split at its slashes, holds the session; 0 if
	// it holds none. The log wants it.
	session int
	handle  echo.HandlerFunc
}

func (r *route) allows(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return r.allow == allowPost
	}
	return false
}

// adapted is the route with CORS preflights and methods answered.
func (p *plane) adapted(r route) adapter.Route {
	return adapter.Route{Pattern: r.pattern, Session: r.sessionOf, Handle: func(c echo.Context) error {
		switch method := c.Request().Method; {
		case method == http.MethodOptions:
			return p.preflight(r.allow, c)
		case !r.allows(method):
			return adapter.MethodNotAllowed(r.allow)
		}
		return r.handle(c)
	}}
}

// unmatched answers paths that no route has.
func (p *plane) unmatched(c echo.Context) error {
	if c.Request().Method == http.MethodOptions {
		return p.preflight(allowRead, c)
	}
	return adapter.NotFound("there is nothing at this path")
}

// sessionOf is the session that the path names, for the log. It is cut from
// the path again, so that answers which need no log line don't pay for it.
func (r *route) sessionOf(c echo.Context) string {
	var id string
	if r.session == 0 {
		id = c.QueryParam("aws.sessionId")
	} else if parts := strings.Split(target.Path(c.Request().URL), "/"); len(parts) > r.session {
		id = parts[r.session]
	}
	return id[:min(len(id), target.MaxSession)]
}
