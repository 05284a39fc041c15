package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi"
)

// planeName is the plane's label in metrics and logs.
const planeName = "admin"

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// request is what a handler is given.
type request struct {
	*http.Request
	body []byte
}

// label is the last element of the path, decoded once. Names have slashes,
// percent-encoded, so only the path as it came tells where an element ends.
func (r *request) label() (string, error) {
	labels, err := r.labels(1)
	if err != nil {
		return "", err
	}
	return labels[0], nil
}

// labels are the last n elements of the path.
func (r *request) labels(n int) ([]string, error) {
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.EscapedPath()
	}
	labels := make([]string, n)
	for i := range slices.Backward(labels) {
		cut := strings.LastIndexByte(path, '/')
		label, err := url.PathUnescape(path[cut+1:])
		if err != nil {
			return nil, badRequest("the path is not percent-encoded properly")
		}
		if label == "" {
			return nil, unknownOperation()
		}
		labels[i], path = label, path[:cut]
	}
	return labels, nil
}

// reply is the answer of an operation; nil is none, with 204.
type reply json.RawMessage

// serve is the one adapter between handlers, which return errors, and HTTP,
// which wants an answer.
func (p *plane) serve(r resource) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := p.now()
		id := p.newID()
		h := c.Response().Header()
		h.Set("X-Amzn-Requestid", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		err := p.call(r, c)
		status := c.Response().Status
		cut := err != nil && c.Response().Committed
		if err != nil {
			status = p.fail(r, c, id, err)
		}
		took := p.now().Sub(start)
		r.metrics.Observe(status, took)
		if cut {
			// Half an answer is out under the status of a whole one: only
			// closing the connection tells the client.
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

// call guards and runs the handler, and makes an error of its panic.
func (p *plane) call(r resource, c echo.Context) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	route, known := r.methods[c.Request().Method]
	if err := p.guard.origin(c.Request()); err != nil {
		return err
	}
	q := &request{Request: c.Request()}
	if q.body, err = readBody(c); err != nil {
		return err
	}
	switch {
	case p.signatures == nil:
		err = p.guard.host(q.Request)
	case !route.open:
		err = p.signatures.Verify(q.Request, q.body)
	}
	if err != nil {
		return err
	}
	switch {
	case r.methods == nil:
		return unknownOperation()
	case !known:
		return &methodError{allow: r.allow()}
	case route.serve != nil:
		route.serve.ServeHTTP(c.Response(), q.Request)
		return nil
	}
	body, err := route.call(q)
	if err != nil {
		return err
	}
	return write(c, body)
}

// write answers an operation that went well.
func write(c echo.Context, body reply) error {
	if body == nil {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, "application/json", body)
}

// readBody reads the whole body, which the signature covers.
func readBody(c echo.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &apiError{Status: http.StatusRequestEntityTooLarge, Type: "RequestEntityTooLargeException",
			Public: fmt.Sprintf("the body is longer than %d bytes", maxBody), Err: err}
	}
	if err != nil {
		return nil, &apiError{Status: http.StatusBadRequest, Type: "MalformedHttpRequestException",
			Public: "the body could not be read", Err: err}
	}
	return body, nil
}

// allow are the methods of a resource, as they stand in Allow.
func (r resource) allow() string {
	return strings.Join(slices.Sorted(maps.Keys(r.methods)), ", ")
}

// fail answers a request with an error and logs it, 4xx at info, 5xx at error.
// It returns the status for the metrics.
func (p *plane) fail(r resource, c echo.Context, id string, err error) int {
	ctx := c.Request().Context()
	w := c.Response()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if !w.Committed {
			w.WriteHeader(httpapi.StatusClientClosed)
		}
		return httpapi.StatusClientClosed
	}
	told := publicError(err)
	attrs := []slog.Attr{
		slog.String("plane", planeName),
		slog.String("method", c.Request().Method),
		slog.String("route", r.pattern),
		slog.Int("status", told.Status),
		slog.String("type", told.Type),
		slog.String("requestId", id),
		slog.Any("error", err),
	}
	if broken, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(broken.stack)))
	}
	if told.Status >= http.StatusInternalServerError {
		p.log.LogAttrs(ctx, slog.LevelError, "request failed", attrs...)
	} else {
		p.log.LogAttrs(ctx, slog.LevelInfo, "request refused", attrs...)
	}
	if w.Committed {
		return told.Status
	}
	if method, ok := errors.AsType[*methodError](err); ok {
		w.Header().Set("Allow", method.allow)
	}
	w.Header().Set("X-Amzn-Errortype", told.Type)
	_ = c.JSON(told.Status, map[string]string{"message": told.Public})
	return told.Status
}
