package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// kept is how much of a body is held against its schema. Of a longer one the
// status, the headers and the media type are checked.
const kept = 4 << 20

// Transport is a RoundTripper for clients of both planes.
type Transport struct {
	Base     http.RoundTripper
	Document *Document
	// Watched says whether a host, with its port, is a plane; the answers of others are
	// passed on unread.
	Watched func(host string) bool
	// Report gets each answer that the document does not describe. It may be called by
	// several goroutines.
	Report func(error)
}

// RoundTrip implements http.RoundTripper.
func (x *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := x.Base.RoundTrip(r)
	if err != nil || !x.Watched(r.URL.Host) {
		return a, err
	}
	begin, err := io.ReadAll(io.LimitReader(a.Body, kept))
	problem := x.Document.Check(r.Method, r.URL.EscapedPath(), Answer{
		Status: a.StatusCode, Header: a.Header, Body: begin, Partial: err != nil || len(begin) == kept,
	})
	if problem != nil {
		x.Report(fmt.Errorf("%s %s: %w", r.Method, r.URL.Redacted(), problem))
	}
	body := io.MultiReader(bytes.NewReader(begin), failing{err}, a.Body)
	a.Body = struct {
		io.Reader
		io.Closer
	}{body, a.Body}
	return a, nil
}

// failing is a reader that is empty, or fails if there is an error.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// Handler returns h and fails the test at each of its answers that the document
// does not describe.
func Handler(t testing.TB, h http.Handler) http.Handler {
	document := Read(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, path := r.Method, r.URL.EscapedPath()
		seen := &tee{ResponseWriter: w}
		h.ServeHTTP(seen, r)
		if err := document.Check(method, path, seen.answer()); err != nil {
			t.Errorf("%s %s: %v", method, path, err)
		}
	})
}

// tee writes an answer to a client and keeps what is checked of it.
type tee struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func (w *tee) answer() Answer {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	return Answer{Status: w.status, Header: w.header, Body: w.body.Bytes(), Partial: w.body.Len() >= kept}
}

func (w *tee) begin(status int) {
	w.status, w.header = status, w.Header().Clone()
}

// WriteHeader implements http.ResponseWriter.
func (w *tee) WriteHeader(status int) {
	if w.status == 0 {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *tee) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	w.body.Write(b[:min(len(b), kept-w.body.Len())])
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the client's writer.
func (w *tee) Unwrap() http.ResponseWriter { return w.ResponseWriter }
