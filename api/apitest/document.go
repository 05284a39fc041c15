package apitest

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"stitcher/api"
)

// Document is api/openapi.yaml with its paths in the order in which they are
// tried.
type Document struct {
	*openapi3.T
	paths []pathTemplate
}

// pathTemplate is a path of the document as an expression over escaped paths.
type pathTemplate struct {
	name       string
	expression *regexp.Regexp
	labels     int
}

// Load reads the document. It is an error if it is not valid OpenAPI, its
// examples included. The document is read once per process.
var Load = sync.OnceValues(func() (*Document, error) {
	spec, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		return nil, err
	}
	if err := spec.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, err
	}
	return newDocument(spec), nil
})

// Read is Load for tests.
func Read(t testing.TB) *Document {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatalf("api/openapi.yaml: %v", err)
	}
	return d
}

var label = regexp.MustCompile(`\\\{\w+\\\}`)

func newDocument(spec *openapi3.T) *Document {
	d := &Document{T: spec}
	for _, name := range spec.Paths.Keys() {
		expression := regexp.QuoteMeta(name)
		// An asset of the viewer plane has slashes, which OpenAPI cannot say.
		if strings.HasPrefix(name, "/v1/") {
			expression = strings.Replace(expression, `\{asset\}`, ".+", 1)
		}
		d.paths = append(d.paths, pathTemplate{
			name:       name,
			expression: regexp.MustCompile("^" + label.ReplaceAllString(expression, "[^/]+") + "$"),
			labels:     strings.Count(name, "{"),
		})
	}
	// A path without labels is more specific than one with them.
	slices.SortStableFunc(d.paths, func(a, b pathTemplate) int { return a.labels - b.labels })
	return d
}

// Find returns the name and the item of the path that describes an escaped
// request path; nil if there is none.
func (d *Document) Find(escaped string) (name string, item *openapi3.PathItem) {
	for _, p := range d.paths {
		if p.expression.MatchString(escaped) {
			return p.name, d.Paths.Value(p.name)
		}
	}
	return "", nil
}
