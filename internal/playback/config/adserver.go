package config

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"stitcher/internal/playback/awsapi"
)

// Limits of HttpRequest, which MediaTailor does not publish: those that it has
// for the requests of its functions (reference §1.6).
const (
	maxHTTPHeaders     = 50
	maxHTTPHeaderName  = 256
	maxHTTPHeaderValue = 8 << 10
	maxHTTPBody        = 64 << 10
)

// AdDecisionServer is AdDecisionServerConfiguration: how ad requests are made
// and their answers read.
type AdDecisionServer struct {
	// Method is GET or POST; "" where it was not put.
	Method string
	Body   string
	// Headers are sent with each ad request.
	Headers map[string]string
	// Compression is NONE or GZIP; "" where it was not put.
	Compression string
	// AdSequencingMode is "" where it was not put.
	AdSequencingMode string
}

// Post is whether ad requests are POST, and so have a body.
func (s *AdDecisionServer) Post() bool { return s.Method == http.MethodPost }

// Gzip is whether the body of ad requests is compressed. Requests without one
// have nothing to compress, whatever was put.
func (s *AdDecisionServer) Gzip() bool { return s.Post() && s.Compression == "GZIP" }

// Header is the value, or its template, of a header that is sent with ad
// requests; "" if there is none of that name, in whatever case.
func (s *AdDecisionServer) Header(name string) string {
	for n, value := range s.Headers {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return ""
}

func readAdDecisionServer(o awsapi.Object) AdDecisionServer {
	r := o.Object("HttpRequest")
	s := AdDecisionServer{
		Method:      r.Enum("Method", "GET", "POST"),
		Body:        r.Text("Body"),
		Headers:     r.Texts("Headers"),
		Compression: r.Enum("CompressRequest", "NONE", "GZIP"),
		AdSequencingMode: o.Object("VastResponse").Enum("AdSequencingMode",
			"IGNORE_AD_SEQUENCE", "FOLLOW_AD_SEQUENCE", "FOLLOW_AD_SEQUENCE_ONLY_LIVE", "FOLLOW_AD_SEQUENCE_ONLY_VOD"),
	}
	// The API calls it CompressRequest, the user guide CompressionMethod
	// (reference §10).
	if v := r.Enum("CompressionMethod", "NONE", "GZIP"); s.Compression == "" {
		s.Compression = v
	}
	awsapi.CheckLength(r.Member("Body"), s.Body, maxHTTPBody, r.Problems)
	checkHeaders(r.Member("Headers"), s.Headers, r.Problems)
	return s
}

// adServer is AdDecisionServerConfiguration as it is shown; false is that it is
// shown as it was put. Compression that was put under the user guide's name is
// shown under the API's too (reference §10).
func (c *Configuration) adServer() (map[string]any, bool) {
	out := c.block("AdDecisionServerConfiguration")
	raw, ok := out["HttpRequest"].(json.RawMessage)
	var request map[string]any
	if !ok || c.AdDecisionServer.Compression == "" || json.Unmarshal(raw, &request) != nil || request["CompressRequest"] != nil {
		return nil, false
	}
	request["CompressRequest"], out["HttpRequest"] = c.AdDecisionServer.Compression, request
	return out, true
}

// checkHeaders refuses headers that no request can carry, so that the operator sees the
// error. Framing headers, such as Content-Length, are accepted and are left out when the
// request is sent, as in MediaTailor.
func checkHeaders(member string, headers map[string]string, found *awsapi.Problems) {
	if len(headers) > maxHTTPHeaders {
		found.Add(member, "must not hold more than %d headers", maxHTTPHeaders)
	}
	seen := make(map[string]bool, len(headers))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical, value := http.CanonicalHeaderKey(name), headers[name]
		switch {
		case !isToken(name) || len(name) > maxHTTPHeaderName:
			found.Add(member, "must have names that are header names of at most %d characters (RFC 9110 §5.1)", maxHTTPHeaderName)
		case seen[canonical]:
			found.Add(member+"."+name, "must not occur twice")
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			found.Add(member+"."+name, "must not hold control characters")
		}
		seen[canonical] = true
		awsapi.CheckLength(member+"."+name, value, maxHTTPHeaderValue, found)
	}
}

// isToken tells whether a name is a token (RFC 9110 §5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return false
		}
		return r > 0x7e || !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
