package redact

import (
	"errors"
	"net/url"
	"strings"

	"stitcher/internal/egress"
)

// Cause is an error's text without the URL that net/url or egress puts into it.
func Cause(err error) string {
	if e, ok := errors.AsType[*egress.RequestError](err); ok {
		return e.Err.Error()
	}
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// Clip is s of at most n bytes, whole characters.
func Clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
