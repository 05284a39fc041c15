package attack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const putBody = `{"Name":"evil","VideoContentSourceUrl":"http://evil.example","AdDecisionServerUrl":"http://evil.example"}`

// untouched fails if a configuration called evil exists.
func (p *program) untouched(t *testing.T, headers ...string) {
	t.Helper()
	if a := do(t, http.MethodGet, "http://"+p.admin+"/playbackConfiguration/evil", "", headers...); a.status == http.StatusOK {
		t.Errorf("the configuration was made: %s", a.body)
	}
}

// TestPagesCannotUseTheAdminPlane: cross-site requests and rebound names, by which a
// page could use an operator's browser.
func TestPagesCannotUseTheAdminPlane(t *testing.T) {
	t.Parallel()
	p := serve(t)
	url := "http://" + p.admin + "/playbackConfiguration"
	port := p.admin[strings.LastIndexByte(p.admin, ':'):]
	for _, headers := range [][]string{
		{"Origin", "http://evil.example"},
		{"Origin", "null"},
		{"Origin", "http://127.0.0.1:1"},
		{"Origin", "http://" + p.viewer},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"},
		{"Host", "evil.example"},
		{"Host", "evil.example" + port},
		{"Host", "127.0.0.1.evil.example" + port},
		{"Host", "localhost.evil.example"},
		{"Host", "evil.example", "Origin", "http://evil.example"},
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodGet, http.MethodOptions} {
			a := do(t, method, url, putBody, headers...)
			if a.status < 400 || a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s with %q: %d %v", method, headers, a.status, a.header)
			}
		}
	}
	p.untouched(t)
	if a := do(t, http.MethodPut, url, strings.ReplaceAll(putBody, "evil", "good"), "Host", "localhost"+port, "Origin", "http://localhost"+port); a.status != http.StatusOK {
		t.Errorf("the plane's own page: %d %s", a.status, a.body)
	}
}

const accessKey, secretKey = "AKIDATTACK", "the secret key " + secret

// signer signs a request as the AWS SDKs do, so that tests can tamper with it.
type signer struct {
	method, path, query, body string
	headers                   map[string]string
}

func (s *signer) authorization(signed ...string) string {
	sum := func(text string) string { h := sha256.Sum256([]byte(text)); return hex.EncodeToString(h[:]) }
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	hash := s.headers["x-amz-content-sha256"]
	if hash == "" {
		hash = sum(s.body)
	}
	var list strings.Builder
	for _, name := range signed {
		list.WriteString(name + ":" + s.headers[name] + "\n")
	}
	names := strings.Join(signed, ";")
	canonical := strings.Join([]string{s.method, s.path, s.query, list.String(), names, hash}, "\n")
	date := s.headers["x-amz-date"]
	scope := date[:8] + "/us-east-1/mediatailor/aws4_request"
	key := []byte("AWS4" + secretKey)
	for _, part := range []string{date[:8], "us-east-1", "mediatailor", "aws4_request"} {
		key = mac(key, part)
	}
	signature := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+sum(canonical)))
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", accessKey, scope, names, signature)
}

// TestSignatures: nothing of a signed request can be changed.
func TestSignatures(t *testing.T) {
	t.Parallel()
	p := serve(t, "--access-key", accessKey, "--secret-key", secretKey)
	const path = "/playbackConfiguration"
	send := func(prepare, tamper func(s *signer)) answer {
		s := &signer{method: http.MethodPut, path: path, body: putBody, headers: map[string]string{"host": p.admin, "x-amz-date": time.Now().UTC().Format("20060102T150405Z")}}
		if prepare != nil {
			prepare(s)
		}
		signed := []string{"host", "x-amz-date"}
		if s.headers["x-amz-content-sha256"] != "" {
			signed = []string{"host", "x-amz-content-sha256", "x-amz-date"}
		}
		headers := []string{"Authorization", s.authorization(signed...)}
		if tamper != nil {
			tamper(s)
		}
		for name, value := range s.headers {
			if name == "host" {
				name = "Host"
			}
			headers = append(headers, name, value)
		}
		target := "http://" + p.admin + s.path
		if s.query != "" {
			target += "?" + s.query
		}
		return do(t, s.method, target, s.body, headers...)
	}
	at := func(d time.Duration) func(*signer) {
		return func(s *signer) { s.headers["x-amz-date"] = time.Now().Add(d).UTC().Format("20060102T150405Z") }
	}
	unsigned := func(s *signer) { s.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD" }
	for _, c := range []struct {
		name            string
		prepare, tamper func(*signer)
	}{
		{"body", nil, func(s *signer) { s.body = strings.ReplaceAll(s.body, "evil.example", "evil2.example") }},
		{"no body", nil, func(s *signer) { s.body = "" }},
		{"path", nil, func(s *signer) { s.path = "//playbackConfiguration/" }},
		{"query", nil, func(s *signer) { s.query = "x=1" }},
		{"method", nil, func(s *signer) { s.method = http.MethodPost }},
		{"host", nil, func(s *signer) { s.headers["host"] = "localhost" }},
		{"date", nil, at(time.Second)},
		{"an old request", at(-16 * time.Minute), nil},
		{"a request of tomorrow", at(16 * time.Minute), nil},
		{"UNSIGNED-PAYLOAD", unsigned, nil},
		{"UNSIGNED-PAYLOAD with another body", unsigned, func(s *signer) { s.body += " " }},
		{"the hash of another body", func(s *signer) { s.headers["x-amz-content-sha256"] = strings.Repeat("0", 64) }, nil},
	} {
		if a := send(c.prepare, c.tamper); a.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	for _, authorization := range []string{"", "Basic " + accessKey, "AWS4-HMAC-SHA256 Credential=" + accessKey + "/20260101/us-east-1/mediatailor/aws4_request, SignedHeaders=host, Signature="} {
		for _, target := range []string{path, "/playbackConfigurations", "/debug/pprof/heap", "/openapi.yaml", "/api/v1/sessions/x"} {
			if a := do(t, http.MethodGet, "http://"+p.admin+target, "", "Authorization", authorization); a.status != http.StatusForbidden {
				t.Errorf("%s with %.30q: %d", target, authorization, a.status)
			}
		}
	}
	if a := send(func(s *signer) { s.body = strings.ReplaceAll(s.body, "evil", "good") }, nil); a.status != http.StatusOK {
		t.Errorf("a request that is signed properly: %d %s", a.status, a.body)
	}
	if a := send(func(s *signer) { s.method, s.path, s.body = http.MethodGet, path+"/evil", "" }, nil); a.status != http.StatusNotFound {
		t.Errorf("the configuration was made: %d %s", a.status, a.body)
	}
}
