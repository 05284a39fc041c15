package viewer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"stitcher/internal/stitch/service"
)

// TestTracking: what of a request for the tracking document counts, and what the answer
// says of itself (reference §6.3; mediatailor.md §12: shaka-player polls it with every
// manifest).
func TestTracking(t *testing.T) {
	const path = trackingPrefix + ownHash + "/news/" + someSession
	for name, c := range map[string]struct {
		method, body string
		header       http.Header
		want         service.TrackingRequest
		status       int
		encoding     string
	}{
		"GET":                     {method: "GET", status: 200},
		"GET, gzip":               {method: "GET", header: http.Header{"Accept-Encoding": {"br, gzip"}}, want: service.TrackingRequest{Gzip: true}, status: 200, encoding: "gzip"},
		"a body of GET is none":   {method: "GET", body: `{"NextToken":"x"}`, status: 200},
		"the player has it":       {method: "GET", header: http.Header{"If-None-Match": {`W/"7"`}}, status: 304},
		"the player has another":  {method: "GET", header: http.Header{"If-None-Match": {`W/"8"`}}, status: 200},
		"HEAD":                    {method: "HEAD", status: 200},
		"POST without a body":     {method: "POST", status: 200},
		"POST is not conditional": {method: "POST", header: http.Header{"If-None-Match": {`W/"7"`}}, status: 200},
		"POST with a token":       {method: "POST", body: `{"NextToken":"abc=","more":1}`, want: service.TrackingRequest{Token: "abc="}, status: 200},
		"another content type":    {method: "POST", body: `{"nextToken":"t"}`, header: http.Header{"Content-Type": {"text/plain"}}, want: service.TrackingRequest{Token: "t"}, status: 200},
		"a token of null":         {method: "POST", body: `{"NextToken":null}`, status: 200},
		"no JSON":                 {method: "POST", body: `NextToken=1`, status: 400},
		"a token that is no text": {method: "POST", body: `{"NextToken":5}`, status: 400},
		"a body without an end":   {method: "POST", body: `{"NextToken":"` + strings.Repeat("x", maxBody) + `"}`, status: 413},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeService()
			r := httptest.NewRequest(c.method, path, strings.NewReader(c.body))
			for k, v := range c.header {
				r.Header[k] = v
			}
			a := httptest.NewRecorder()
			newPlane(t, f, nil).ServeHTTP(a, r)
			if a.Code != c.status || a.Header().Get("Content-Encoding") != c.encoding {
				t.Fatalf("%d, encoding %q, want %d, %q: %s", a.Code, a.Header().Get("Content-Encoding"), c.status, c.encoding, a.Body)
			}
			if c.status >= 400 {
				return
			}
			c.want.Configuration, c.want.Session = "news", someSession
			if f.tracking != c.want {
				t.Errorf("the service was asked for %+v, want %+v", f.tracking, c.want)
			}
			if h := a.Header(); h.Get("Etag") != `W/"7"` || h.Get("Vary") != "Accept-Encoding" || h.Get("Cache-Control") != "private, no-cache" || h.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("headers %v", h)
			}
			if empty := c.status == 304 || c.method == http.MethodHead; empty != (a.Body.Len() == 0) {
				t.Errorf("body %q", a.Body)
			}
		})
	}
}
