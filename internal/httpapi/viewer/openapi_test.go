package viewer

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/tools/txtar"
)

func loadOpenAPI(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

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
	doc := loadOpenAPI(t)
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
	doc := loadOpenAPI(t)
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
	doc := loadOpenAPI(t)
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

// TestOpenAPIHasEveryStatus: each answer of the header golden is one that the
// document knows, with its media type.
func TestOpenAPIHasEveryStatus(t *testing.T) {
	doc := loadOpenAPI(t)
	golden, err := txtar.ParseFile("testdata/headers.txtar")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range golden.Files {
		method, target, _ := strings.Cut(f.Name, " ")
		target, _, _ = strings.Cut(target, " !")
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		item := findPath(doc, u.Path)
		if item == nil {
			continue // a path of no route
		}
		op := item.GetOperation(method)
		first, headers, _ := strings.Cut(string(f.Data), "\n")
		status, err := strconv.Atoi(first)
		if err != nil {
			t.Fatal(err)
		}
		if op == nil {
			if status != http.StatusMethodNotAllowed {
				t.Errorf("%s answers %d and is not documented", f.Name, status)
			}
			continue
		}
		answer := op.Responses.Status(status)
		if answer == nil {
			t.Errorf("%s: status %d is not documented", f.Name, status)
			continue
		}
		checked++
		_, line, _ := strings.Cut(headers, "\nContent-Type: ")
		mediaType, _, _ := strings.Cut(line, "\n")
		mediaType, _, _ = strings.Cut(mediaType, ";")
		if mediaType != "" && len(answer.Value.Content) > 0 && answer.Value.Content[mediaType] == nil {
			t.Errorf("%s: %d answers %s, which is not documented", f.Name, status, mediaType)
		}
	}
	if checked < 20 {
		t.Errorf("only %d answers were checked", checked)
	}
}

// findPath is the item of the document for a request's path; an asset has
// slashes, which OpenAPI has no way to say.
func findPath(doc *openapi3.T, path string) *openapi3.PathItem {
	for _, template := range doc.Paths.Keys() {
		expression := regexp.QuoteMeta(template)
		if strings.HasSuffix(template, "/{asset}") {
			expression = strings.TrimSuffix(expression, `\{asset\}`) + ".+"
		}
		expression = regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(expression, "[^/]+")
		if regexp.MustCompile("^" + expression + "$").MatchString(path) {
			return doc.Paths.Value(template)
		}
	}
	return nil
}
