package viewer

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"stitcher/api/apitest"
)

// documented is the OpenAPI path of a route's pattern.
func documented(pattern string) string {
	path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(pattern, "{$1}")
	path = strings.Replace(path, "*", "{asset}", 1)
	if strings.HasPrefix(path, manifestPrefix) {
		path += ".m3u8"
	}
	return path
}

// TestOpenAPIHasEveryRoute: the document and the table of routes name the same
// paths and methods.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc := apitest.Read(t)
	routes := (&plane{}).routes(http.NotFoundHandler())
	known := map[string]bool{}
	for _, r := range routes {
		path := documented(r.pattern)
		known[path] = true
		item := doc.Paths.Value(path)
		if item == nil {
			t.Errorf("%s is not documented", path)
			continue
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
			has, want := item.GetOperation(method) != nil, strings.Contains(r.allow, method)
			if has != want {
				t.Errorf("%s %s: documented %t, answered %t", method, path, has, want)
			}
		}
	}
	for _, path := range doc.Paths.Keys() {
		if (strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/tm/")) && !known[path] {
			t.Errorf("%s is documented and does not exist", path)
		}
	}
}

// TestOpenAPIHasEveryServiceError: whatever the service may tell a player
// (reference §2.4, house style rule 7) is documented wherever it is asked.
func TestOpenAPIHasEveryServiceError(t *testing.T) {
	doc := apitest.Read(t)
	for _, r := range (&plane{}).routes(nil) {
		if r.pattern == "/healthz" || strings.HasPrefix(r.pattern, mediaPrefix) {
			continue
		}
		for _, status := range []int{400, 401, 403, 404, 409, 410, 500, 502, 503, 504} {
			if op := doc.Paths.Value(documented(r.pattern)).Get; op.Responses.Status(status) == nil {
				t.Errorf("%s: status %d is not documented", r.pattern, status)
			}
		}
	}
}

// TestOpenAPIHasThrottling: what starts a session says that there may be too many.
func TestOpenAPIHasThrottling(t *testing.T) {
	doc := apitest.Read(t)
	for _, prefix := range []string{masterPrefix, sessionPrefix, dashPrefix} {
		for method, op := range doc.Paths.Value(prefix + "{hash}/{config}/{asset}").Operations() {
			if method != http.MethodGet && method != http.MethodPost {
				continue
			}
			if a := op.Responses.Status(http.StatusTooManyRequests); a == nil || a.Value.Headers["Retry-After"] == nil {
				t.Errorf("%s %s: 429 with Retry-After is not documented", method, prefix)
			}
		}
	}
}
