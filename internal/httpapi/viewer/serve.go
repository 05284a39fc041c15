package viewer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi"
)

// planeName is the plane's label in metrics and logs.
const planeName = "viewer"

// The methods of a route, as they stand in Allow.
const (
	allowRead = "GET, HEAD, OPTIONS"
	allowPost = "GET, HEAD, OPTIONS, POST"
)

// route is one row of the plane's table.
type route struct {
	// pattern is Echo's pattern and the route's label.
	pattern string
	// allow lists the methods that handle knows, OPTIONS apart.
	allow string
	// session is where the path, split at its slashes, holds the session; 0 if
	// it holds none. The log wants it.
	session int
	handle  echo.HandlerFunc
	metrics *httpapi.RouteMetrics
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

// serve is the one adapter between handlers, which return errors, and HTTP,
// which wants an answer: CORS, OPTIONS, methods, errors, panics, log, metrics.
// It is applied when the route is registered; Echo's own middlewares are built
// anew for each request.
func (p *plane) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := p.now()
		p.cors(c.Response().Header())
		err := p.call(&r, c)
		status := c.Response().Status
		cut := err != nil && c.Response().Committed
		if err != nil {
			status = p.fail(&r, c, err)
		}
		took := p.now().Sub(start)
		r.metrics.Observe(status, took)
		p.access(&r, c, status, took)
		if cut {
			// Half an answer is out under the status of a whole one: only
			// closing the connection tells the player.
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

// call runs the handler and makes an error of its panic: a bug in the answer to
// one viewer must not look like a broken network to its player.
func (p *plane) call(r *route, c echo.Context) (err error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v == http.ErrAbortHandler: //nolint:errorlint // net/http compares it by identity too
			panic(v)
		default:
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	method := c.Request().Method
	if method == http.MethodOptions {
		return p.preflight(r, c)
	}
	if !r.allows(method) && r.allow != "" {
		return &methodError{allow: r.allow}
	}
	return r.handle(c)
}

// access writes the access line, at debug: a playlist every few seconds from
// every viewer is no news. It holds no address and no query (design §9).
func (p *plane) access(r *route, c echo.Context, status int, took time.Duration) {
	ctx := c.Request().Context()
	if !p.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	p.log.LogAttrs(ctx, slog.LevelDebug, "request",
		slog.String("plane", planeName),
		slog.String("method", c.Request().Method),
		slog.String("route", r.pattern),
		slog.String("session", r.sessionOf(c)),
		slog.Int("status", status),
		slog.Int64("bytes", c.Response().Size),
		slog.Duration("took", took))
}

// sessionOf is the session that the path names, for the log. It is cut from
// the path again, so that answers which need no log line don't pay for it.
func (r *route) sessionOf(c echo.Context) string {
	var id string
	if r.session == 0 {
		id = c.QueryParam("aws.sessionId")
	} else if parts := strings.Split(escapedPath(c.Request().URL), "/"); len(parts) > r.session {
		id = parts[r.session]
	}
	return id[:min(len(id), maxSessionID)]
}

// writeBody ends an answer: its length, its status and, but for HEAD, its body.
func writeBody(c echo.Context, status int, body []byte) {
	w := c.Response()
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if c.Request().Method != http.MethodHead {
		// An error here is a client that left; there is nobody to tell.
		_, _ = w.Write(body)
	}
}

// panicError is a handler's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// methodError is a method that the route doesn't have.
type methodError struct{ allow string }

func (e *methodError) Error() string { return "this path answers " + e.allow }

// clientGone is whether err is only that the player closed the connection.
func clientGone(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
