package admin

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"stitcher/api/apitest"
)

var parameter = regexp.MustCompile(`:(\w+)`)

// documented is the OpenAPI path of a route's pattern.
func documented(pattern string) string { return parameter.ReplaceAllString(pattern, "{$1}") }

// TestOpenAPIHasEveryRoute: the document and the table of routes name the same
// paths and methods. HEAD goes with GET, and OPTIONS is the viewer plane's.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc := apitest.Read(t)
	known := map[string]bool{}
	for _, r := range (&plane{}).routes(Options{Gatherer: newRegistry()}) {
		path := documented(r.pattern)
		known[r.method+" "+path] = true
		if item := doc.Paths.Value(path); item == nil || item.GetOperation(r.method) == nil {
			t.Errorf("%s %s is not documented", r.method, path)
		}
	}
	for path, item := range doc.Paths.Map() {
		if strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/tm/") {
			continue
		}
		for method := range item.Operations() {
			if !known[method+" "+path] && method != http.MethodHead && method != http.MethodOptions {
				t.Errorf("%s %s is documented and does not exist", method, path)
			}
		}
	}
}
