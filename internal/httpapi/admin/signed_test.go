package admin

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/test/corpus"
)

// sent is a request of the wire log, and how it was answered there.
type sent struct {
	Method, URL, Body string
	Headers           map[string]string
	Resp              struct{ Code int }
}

func wire(t *testing.T, name string) []sent {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus.Dir(t, "aws"), "wire", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []sent
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sent
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWire replays what the AWS CLI and the JavaScript SDK sent, in its order:
// the statuses are those of the wire log, but that its server took any NextToken.
func TestWire(t *testing.T) {
	for _, log := range []string{"aws-cli1.jsonl", "aws-cli2.jsonl", "aws-js.jsonl"} {
		t.Run(log, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 3, 20, 30, 0, time.UTC)
			f := newFixture(t, func(o *Options) { o.Now = func() time.Time { return now } })
			for _, s := range wire(t, log) {
				want := s.Resp.Code
				if strings.Contains(s.URL, "NextToken=") {
					want = http.StatusBadRequest
				}
				if a := f.do(t, s.Method, s.URL, s.Body); a.StatusCode != want {
					t.Errorf("%s %s: %d %s, want %d", s.Method, s.URL, a.StatusCode, a.text, want)
				}
			}
		})
	}
}

// TestSignatures: with keys set, everything but health and metrics is signed;
// the CLI's own signatures pass, whatever Host it was given.
func TestSignatures(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 20, 30, 0, time.UTC)
	f := newFixture(t, func(o *Options) {
		o.AccessKey, o.SecretKey = "AKIDEXAMPLE", "secret"
		o.Now = func() time.Time { return now }
		o.Ready = NewReadiness(o.Now)
	})
	for _, target := range []string{"/healthz", "/readyz", "/metrics"} {
		f.want(t, 200, "", "GET", target, "")
	}
	for _, c := range [][2]string{
		{"GET", "/playbackConfigurations"}, {"PUT", "/playbackConfiguration"}, {"GET", "/openapi.yaml"}, {"GET", "/debug/pprof/heap"},
		{"GET", "/nope"}, {"POST", "/metrics"},
	} {
		if c[1] == "/metrics" {
			f.want(t, 403, "MissingAuthenticationTokenException", c[0], c[1], "")
			continue
		}
		f.want(t, 403, "MissingAuthenticationTokenException", c[0], c[1], "")
	}
	verified := 0
	for _, s := range wire(t, "aws-cli1.jsonl") {
		headers := []string{}
		for name, value := range s.Headers {
			headers = append(headers, http.CanonicalHeaderKey(name), value)
		}
		if s.Headers["x-amz-date"] < "20261123T032000Z" || s.Headers["x-amz-date"] > "20261123T034000Z" {
			continue
		}
		a := f.do(t, s.Method, s.URL, s.Body, headers...)
		if a.StatusCode == http.StatusForbidden {
			t.Errorf("%s %s: %s %s", s.Method, s.URL, a.errorType(), a.message())
		}
		verified++
		f.want(t, 403, "InvalidSignatureException", s.Method, s.URL, s.Body+" ", headers...)
	}
	if verified < 10 {
		t.Errorf("only %d requests were verified", verified)
	}
}
