package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

var errGone = errors.New("it is gone")

// limitError is an error with a type of its own.
type limitError struct{ n int }

func (e *limitError) Error() string { return fmt.Sprintf("%d are the most", e.n) }

// TestTable: each kind of error that a handler can return, as a client sees it
// and as the log does.
func TestTable(t *testing.T) {
	table := Table{
		As(func(e *limitError) *Error { return BadRequest("%s", e.Error()) }),
		Is(func(err error) *Error { return NotFound(err.Error()) }, errGone),
		Is(func(error) *Error { return &Error{Status: 200, Type: "Odd", Public: "odd"} }, context.DeadlineExceeded),
	}
	cause := errors.New("dial 10.1.2.3: secret")
	for _, c := range []struct {
		name                    string
		err                     error
		status                  int
		kind, public, inLog, no string
	}{
		{name: "own", err: &Error{Status: 504, Type: "Late", Public: "the origin is late", Err: cause}, status: 504, kind: "Late", public: "the origin is late", inLog: "10.1.2.3", no: "10.1.2.3"},
		{name: "wrapped", err: fmt.Errorf("session 7: %w", NotFound("no such file")), status: 404, kind: "NotFoundException", public: "no such file", inLog: "session 7", no: "session 7"},
		{name: "row by type", err: fmt.Errorf("put: %w", &limitError{5}), status: 400, kind: "BadRequestException", public: "5 are the most", inLog: "put: 5"},
		{name: "row by value", err: fmt.Errorf("%w: 7", errGone), status: 404, kind: "NotFoundException", public: "it is gone: 7"},
		{name: "method", err: MethodNotAllowed("GET, HEAD"), status: 405, kind: "MethodNotAllowedException", public: "GET, HEAD"},
		{name: "body", err: TooLarge(10, cause), status: 413, kind: "RequestEntityTooLargeException", public: "10 bytes", no: "dial"},
		{name: "a status that is no error", err: context.DeadlineExceeded, status: 500, kind: "Internal", public: "internal error"},
		{name: "unknown", err: cause, status: 500, kind: "Internal", public: "internal error", inLog: "secret", no: "secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			h := New(Options{
				Plane: "test", Log: slog.New(slog.NewTextHandler(&log, nil)), Errors: table, Internal: "Internal",
				NewRequestID: func() string { return "req-1" }, Unmatched: func(echo.Context) error { return c.err },
			}, nil)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
			if w.Code != c.status || w.Header().Get("X-Amzn-Errortype") != c.kind || !strings.Contains(w.Body.String(), c.public) {
				t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
			}
			if c.no != "" && strings.Contains(w.Body.String(), c.no) {
				t.Errorf("the client is told %q: %s", c.no, w.Body)
			}
			if !strings.Contains(log.String(), c.inLog) || !strings.Contains(log.String(), "requestId=req-1") || w.Header().Get(RequestID) != "req-1" {
				t.Errorf("the log says %s", &log)
			}
			if c.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q", w.Header().Get("Allow"))
			}
		})
	}
}
