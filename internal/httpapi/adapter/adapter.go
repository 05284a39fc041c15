package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi"
	"stitcher/internal/tracing"
)

// RequestID is the header of an answer that the log line of its error names too.
const RequestID = "X-Amzn-Requestid"

// Options are what a plane's answers have in common. Plane, Log, Internal and
// Unmatched are required.
type Options struct {
	// Plane is the label in metrics and logs.
	Plane string
	Log   *slog.Logger
	// Metrics observes every request; nil observes none.
	Metrics *httpapi.Metrics
	// Tracer makes a trace of each request; nil makes none.
	Tracer *tracing.Tracer
	// Now is the clock of durations; nil is time.Now.
	Now func() time.Time
	// NewRequestID makes request ids; nil makes UUIDs.
	NewRequestID func() string
	// AlwaysID gives every answer a request id, not only errors.
	AlwaysID bool
	// Errors translates what the handlers return.
	Errors Table
	// Internal is the type of an error that Errors does not know.
	Internal string
	// Begin sets the headers that every answer has; nil sets none.
	Begin func(http.Header)
	// Unmatched answers paths that no route has.
	Unmatched echo.HandlerFunc
	// UnknownMethod answers methods that HTTP does not know; nil is Unmatched.
	UnknownMethod echo.HandlerFunc
}

// Route is one row of a plane's table.
type Route struct {
	// Pattern is Echo's pattern, and the label in metrics and logs.
	Pattern string
	// Handle answers requests of every method.
	Handle echo.HandlerFunc
	// Session cuts the session out of a request, for the log; nil where the
	// route has none.
	Session func(echo.Context) string
}

// New makes a handler of a plane's routes. Each is adapted when it is
// registered: Echo's own middlewares are built anew for each request.
func New(o Options, routes []Route) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewRequestID == nil {
		o.NewRequestID = uuid.NewString
	}
	if o.UnknownMethod == nil {
		o.UnknownMethod = o.Unmatched
	}
	a := &adapter{o}
	e := echo.New()
	// Echo must never guess the client's address: in v4 its default believes
	// X-Forwarded-For from anyone.
	e.IPExtractor = echo.ExtractIPDirect()
	for _, r := range routes {
		e.Any(r.Pattern, a.serve(r, o.Metrics.Route(o.Plane, r.Pattern)))
	}
	const unmatched = "unmatched"
	metrics := o.Metrics.Route(o.Plane, unmatched)
	e.Any("/*", a.serve(Route{Pattern: unmatched, Handle: o.Unmatched}, metrics))
	unknown := a.serve(Route{Pattern: unmatched, Handle: o.UnknownMethod}, metrics)
	e.HTTPErrorHandler = func(_ error, c echo.Context) { _ = unknown(c) }
	return e
}

// adapter holds what the routes of a plane share.
type adapter struct{ Options }

// serve adapts one route: headers, errors, panics, log, metrics.
func (a *adapter) serve(r Route, metrics *httpapi.RouteMetrics) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := a.Now()
		h := c.Response().Header()
		if len(c.Request().TransferEncoding) > 0 {
			// It may have had a Content-Length too, which net/http drops; a proxy that
			// went by that one takes what follows for the body (RFC 9112 §6.1).
			h.Set("Connection", "close")
		}
		if a.AlwaysID {
			h.Set(RequestID, a.NewRequestID())
		}
		if a.Begin != nil {
			a.Begin(h)
		}
		span := a.trace(&r, c)
		err := call(r.Handle, c)
		status := c.Response().Status
		cut := err != nil && c.Response().Committed
		if err != nil {
			status = a.fail(&r, c, err)
		}
		ended(span, status)
		took := a.Now().Sub(start)
		metrics.Observe(status, took)
		a.access(&r, c, status, took)
		if cut {
			// Half an answer is out under the status of a whole one: only
			// closing the connection tells the client.
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

// trace begins the span of a request.
func (a *adapter) trace(r *Route, c echo.Context) tracing.Span {
	if a.Tracer == nil {
		return tracing.Span{}
	}
	ctx, span := a.Tracer.Start(c.Request().Context(), c.Request().Method+" "+r.Pattern)
	c.SetRequest(c.Request().WithContext(ctx))
	span.Text("http.route", r.Pattern)
	if r.Session != nil {
		span.Text("session.id", r.Session(c))
	}
	return span
}

// ended ends the span of a request.
func ended(span tracing.Span, status int) {
	span.Number("http.response.status_code", status)
	what := ""
	if status >= http.StatusInternalServerError {
		what = http.StatusText(status)
	}
	span.End(what)
}

// call runs a handler and makes an error of its panic: a bug in the answer to
// one client must not look like a broken network to it.
func call(handle echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v == http.ErrAbortHandler: //nolint:errorlint // net/http compares it by identity too
			panic(v)
		default:
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return handle(c)
}

// fail answers a request with an error and logs it, 4xx at info, 5xx at error.
// It returns the status for the metrics.
func (a *adapter) fail(r *Route, c echo.Context, err error) int {
	ctx := c.Request().Context()
	w := c.Response()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if !w.Committed {
			// The client is gone, but net/http would send 200 by itself.
			w.WriteHeader(httpapi.StatusClientClosed)
		}
		return httpapi.StatusClientClosed
	}
	told := a.Errors.tell(err, a.Internal)
	h := w.Header()
	id := h.Get(RequestID)
	if id == "" {
		id = a.NewRequestID()
		h.Set(RequestID, id)
	}
	a.log(ctx, r, c, told, id, err)
	if w.Committed {
		return told.Status
	}
	body, err := json.Marshal(struct {
		Message string `json:"message"`
	}{told.Public})
	if err != nil {
		body = []byte("{}")
	}
	if told.Allow != "" {
		h.Set("Allow", told.Allow)
	}
	if told.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((told.RetryAfter+time.Second-1)/time.Second), 10))
	}
	// A handler may have begun the headers of a success.
	h.Del("Etag")
	h.Del("Location")
	h.Del("Content-Encoding")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Amzn-Errortype", told.Type)
	Write(c, told.Status, body)
	return told.Status
}

// log writes the line of an error.
func (a *adapter) log(ctx context.Context, r *Route, c echo.Context, told *Error, id string, err error) {
	attrs := append(a.about(r, c),
		slog.Int("status", told.Status),
		slog.String("type", told.Type),
		slog.String("requestId", id),
		slog.Any("error", err))
	if broken, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(broken.stack)))
	}
	if told.Status >= http.StatusInternalServerError {
		a.Log.LogAttrs(ctx, slog.LevelError, "request failed", attrs...)
	} else {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "request refused", attrs...)
	}
}

// access writes the access line, at debug: a playlist every few seconds from
// every viewer is no news. It holds no address and no query (design §9).
func (a *adapter) access(r *Route, c echo.Context, status int, took time.Duration) {
	ctx := c.Request().Context()
	if !a.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	a.Log.LogAttrs(ctx, slog.LevelDebug, "request", append(a.about(r, c),
		slog.Int("status", status),
		slog.Int64("bytes", c.Response().Size),
		slog.Duration("took", took))...)
}

// about is what every log line says of a request.
func (a *adapter) about(r *Route, c echo.Context) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("plane", a.Plane),
		slog.String("method", c.Request().Method),
		slog.String("route", r.Pattern),
	}
	if r.Session != nil {
		attrs = append(attrs, slog.String("session", r.Session(c)))
	}
	return attrs
}

// Write ends an answer: its length, its status and, but for HEAD, its body.
func Write(c echo.Context, status int, body []byte) {
	w := c.Response()
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if c.Request().Method != http.MethodHead {
		// An error here means that the client left; the answer has no other reader.
		_, _ = w.Write(body)
	}
}
