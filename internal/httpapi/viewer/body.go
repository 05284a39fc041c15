package viewer

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"stitcher/internal/httpapi/adapter"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// readBody reads the body of a request. The error is what the player is told.
func readBody(c echo.Context) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	if err == nil {
		return raw, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, adapter.TooLarge(maxBody, err)
	}
	told := adapter.BadRequest("the body could not be read")
	told.Err = err
	return nil, told
}
