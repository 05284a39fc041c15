package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
)

// planeName is the plane's label in metrics and logs.
const planeName = "admin"

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// request is what a handler is given.
type request struct {
	*http.Request
	body []byte
	// contentType is that of the answer, where it is not JSON. The handler sets it.
	contentType string
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
			return nil, adapter.BadRequest("the path is not percent-encoded properly")
		}
		if label == "" {
			return nil, unknownOperation()
		}
		labels[i], path = label, path[:cut]
	}
	return labels, nil
}

// reply is the answer of an operation, JSON if the request says nothing else; nil
// is none, with 204.
type reply json.RawMessage

// adapted is the resource with guards, signatures and methods checked.
func (p *plane) adapted(r resource) adapter.Route {
	return adapter.Route{Pattern: r.pattern, Handle: func(c echo.Context) error { return p.call(r, c) }}
}

// call guards a request and answers it.
func (p *plane) call(r resource, c echo.Context) (err error) {
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
		return adapter.MethodNotAllowed(r.allow())
	case route.serve != nil:
		route.serve.ServeHTTP(c.Response(), q.Request)
		return nil
	}
	body, err := route.call(q)
	if err != nil {
		return err
	}
	return write(c, body, cmp.Or(q.contentType, route.media, "application/json"))
}

// write answers an operation that went well.
func write(c echo.Context, body reply, media string) error {
	if body == nil {
		return c.NoContent(http.StatusNoContent)
	}
	c.Response().Header().Set("Content-Type", media)
	adapter.Write(c, http.StatusOK, body)
	return nil
}

// readBody reads the whole body, which the signature covers.
func readBody(c echo.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, adapter.TooLarge(maxBody, err)
	}
	if err != nil {
		return nil, &adapter.Error{Status: http.StatusBadRequest, Type: "MalformedHttpRequestException",
			Public: "the body could not be read", Err: err}
	}
	return body, nil
}

// allow are the methods of a resource, as they stand in Allow.
func (r resource) allow() string {
	return strings.Join(slices.Sorted(maps.Keys(r.methods)), ", ")
}
