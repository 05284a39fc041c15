package ads

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/variable"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/vast/macro"
	"stitcher/internal/vast/markup"
)

// Limits of an ad request once its variables are replaced, in bytes. A header
// that is longer is left out; a body can't be.
const (
	maxHeader  = 8 << 10
	maxHeaders = 50
	maxBody    = 256 << 10
)

// framing are the headers that are a connection's own. Configured ones are left
// out, as MediaTailor does (reference §1.6); so is what says which answers can
// be decoded.
var framing = map[string]bool{
	"Host": true, "Transfer-Encoding": true, "Content-Length": true, "Connection": true,
	"Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Upgrade": true, "Expect": true,
	"Accept-Encoding": true,
}

// call makes the ad request of an avail: the template with its variables and
// macros replaced, with the headers of the viewer and of the configuration.
func (d *Decider) call(ctx context.Context, r *Request, macros *macro.Values, trace *adserver.Recorder) (egress.Request, error) {
	server := &r.Settings.Server
	v := r.variables(d.random())
	out := egress.Request{Method: http.MethodGet, Header: adserver.Header(r.Session), MaxBytes: markup.MaxBytes}
	defer func() {
		if len(v.Missing) > 0 {
			d.log.DebugContext(ctx, "variables of the ad request are empty", "session", r.Session.ID,
				"avail", r.Avail.String(), "variables", v.Missing)
		}
	}()
	var err error
	if out.URL, err = v.URL(macro.Replace(r.Settings.AdDecisionServerURL, macros)); err != nil {
		return out, err
	}
	out.Private = configured(out.Header, server, v)
	if server.Post() {
		out.Method = http.MethodPost
		if err := d.body(&out, server, v); err != nil {
			return out, err
		}
	}
	trace.Request(&out, v.Missing)
	return out, nil
}

// configured adds the configuration's headers, and names those that are the ad
// server's alone. Those that tell who views are the session's (Identity).
func configured(h http.Header, server *config.AdDecisionServer, v *variable.Values) (private []string) {
	for i, name := range slices.Sorted(maps.Keys(server.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		if i >= maxHeaders || framing[canonical] || playback.ViewerHeader(canonical) {
			continue
		}
		if value := v.Header(server.Headers[name]); len(value) <= maxHeader {
			if canonical != "Accept" && canonical != "Content-Type" {
				private = append(private, canonical)
			}
			h[canonical] = []string{value}
		}
	}
	return private
}

// body adds the configuration's body.
func (d *Decider) body(out *egress.Request, server *config.AdDecisionServer, v *variable.Values) error {
	body := v.Body(server.Body, isJSON(server.Header("Content-Type")))
	if len(body) > maxBody {
		return fmt.Errorf("the body of the ad request is longer than %d bytes", maxBody)
	}
	out.Body = body
	if server.Gzip() {
		out.Body = d.compress(body)
		out.Header.Set("Content-Encoding", "gzip")
	}
	return nil
}

// isJSON tells whether a content type is JSON's.
func isJSON(contentType string) bool {
	return strings.Contains(strings.ToLower(contentType), "application/json")
}

// compress is a body as gzip. Writers are large, and used again.
func (d *Decider) compress(body []byte) []byte {
	w, ok := d.writers.Get().(*gzip.Writer)
	if !ok {
		w = gzip.NewWriter(nil)
	}
	defer d.writers.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	// Writes to memory don't fail.
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}
