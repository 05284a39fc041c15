// Package manifeststest is an origin for tests.
package manifeststest

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"stitcher/internal/egress"
)

// Files is an origin that answers requests from memory: what has no file is 404.
type Files struct {
	mu    sync.Mutex
	files map[string][]byte
	hits  map[string]int
}

// NewFiles makes an origin of files by path, without the leading slash.
func NewFiles(files map[string][]byte) *Files {
	return &Files{files: files, hits: map[string]int{}}
}

// Do answers a request.
func (o *Files) Do(_ context.Context, r egress.Request) (*egress.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hits[u.Path[1:]]++
	body, ok := o.files[u.Path[1:]]
	if !ok {
		return &egress.Response{Status: http.StatusNotFound, URL: u}, nil
	}
	return &egress.Response{Status: http.StatusOK, URL: u, Body: body}, nil
}

// Put adds or replaces a file.
func (o *Files) Put(path string, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files[path] = body
}

// Hits is how often a file was asked for.
func (o *Files) Hits(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hits[path]
}
