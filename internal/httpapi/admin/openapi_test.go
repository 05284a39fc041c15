package admin

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// readOpenAPI reads the document once: every answer of the tests is held
// against it.
var readOpenAPI = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("../../../api/openapi.yaml")
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

func loadOpenAPI(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := readOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var parameter = regexp.MustCompile(`:(\w+)`)

// documented is the OpenAPI path of a route's pattern.
func documented(pattern string) string { return parameter.ReplaceAllString(pattern, "{$1}") }

// TestOpenAPIHasEveryRoute: the document and the table of routes name the same
// paths and methods. HEAD goes with GET, and OPTIONS is the viewer plane's.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc := loadOpenAPI(t)
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

// checkDocumented checks that the document knows an answer of the plane, and
// that its body is what the document says.
func checkDocumented(t *testing.T, doc *openapi3.T, method, path string, status int, contentType string, body any) {
	t.Helper()
	paths := doc.Paths.InMatchingOrder()
	// Labels are one element; a path of the document without them comes first.
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") })
	label := regexp.MustCompile(`\\\{\w+\\\}`)
	for _, template := range paths {
		if !regexp.MustCompile("^" + label.ReplaceAllString(regexp.QuoteMeta(template), "[^/]+") + "$").MatchString(path) {
			continue
		}
		op := doc.Paths.Value(template).GetOperation(method)
		if op == nil {
			if status != http.StatusMethodNotAllowed && status != http.StatusForbidden {
				t.Errorf("%s %s is answered with %d and not documented", method, path, status)
			}
			return
		}
		answer := op.Responses.Status(status)
		if answer == nil {
			t.Errorf("%s %s: status %d is not documented", method, path, status)
			return
		}
		mediaType, _, _ := strings.Cut(contentType, ";")
		if len(answer.Value.Content) == 0 || mediaType == "" {
			return
		}
		content := answer.Value.Content[mediaType]
		if content == nil {
			t.Errorf("%s %s: %d with %s is not documented", method, path, status, mediaType)
			return
		}
		if mediaType != "application/json" || method == http.MethodHead {
			return
		}
		if err := content.Schema.Value.VisitJSON(body); err != nil {
			t.Errorf("%s %s: the body of %d is not as documented: %v", method, path, status, err)
		}
		return
	}
	if status != http.StatusNotFound && status != http.StatusForbidden {
		t.Errorf("%s %s answers %d and is no documented path", method, path, status)
	}
}
