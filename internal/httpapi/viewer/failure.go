package viewer

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi"
	"stitcher/internal/stitch"
)

// fail answers a request with an error and logs it, 4xx at info, 5xx at error.
// It returns the status for the metrics.
func (p *plane) fail(r *route, c echo.Context, err error) int {
	ctx := c.Request().Context()
	w := c.Response()
	if clientGone(ctx, err) {
		if !w.Committed {
			// Nobody reads it, but net/http would send 200 by itself.
			w.WriteHeader(httpapi.StatusClientClosed)
		}
		return httpapi.StatusClientClosed
	}
	told := publicError(err)
	id := p.newID()
	attrs := []slog.Attr{
		slog.String("plane", planeName),
		slog.String("method", c.Request().Method),
		slog.String("route", r.pattern),
		slog.String("session", r.sessionOf(c)),
		slog.Int("status", told.Status),
		slog.String("type", told.Type),
		slog.String("requestId", id),
		slog.Any("error", err),
	}
	if broken, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(broken.stack)))
	}
	if told.Status >= 500 {
		p.log.LogAttrs(ctx, slog.LevelError, "request failed", attrs...)
	} else {
		p.log.LogAttrs(ctx, slog.LevelInfo, "request refused", attrs...)
	}

	if w.Committed {
		return told.Status
	}
	body, err := json.Marshal(struct {
		Message string `json:"message"`
	}{told.Public})
	if err != nil {
		body = []byte("{}")
	}
	h := w.Header()
	if method, ok := errors.AsType[*methodError](error(told)); ok {
		h.Set("Allow", method.allow)
	}
	// A handler may have begun the headers of a success.
	h.Del("Etag")
	h.Del("Location")
	h.Del("Content-Encoding")
	h["Cache-Control"] = p.fixed.noStore
	h["Content-Type"] = p.fixed.json
	h["X-Content-Type-Options"] = p.fixed.noSniff
	h.Set("X-Amzn-Errortype", told.Type)
	h.Set("X-Amzn-Requestid", id)
	writeBody(c, told.Status, body)
	return told.Status
}

// publicError is what the player is told of err: the service's own words, or
// nothing of what happened inside.
func publicError(err error) *stitch.Error {
	if told, ok := errors.AsType[*stitch.Error](err); ok && told.Status >= 400 && told.Status <= 599 {
		return told
	}
	if method, ok := errors.AsType[*methodError](err); ok {
		return &stitch.Error{Status: http.StatusMethodNotAllowed, Type: "MethodNotAllowedException", Public: method.Error(), Err: method}
	}
	return &stitch.Error{Status: http.StatusInternalServerError, Type: "InternalServiceError", Public: "an internal error occurred", Err: err}
}

func badRequest(format string, args ...any) *stitch.Error {
	return &stitch.Error{Status: http.StatusBadRequest, Type: "BadRequestException", Public: fmt.Sprintf(format, args...)}
}

func notFound(public string) *stitch.Error {
	return &stitch.Error{Status: http.StatusNotFound, Type: "NotFoundException", Public: public}
}
