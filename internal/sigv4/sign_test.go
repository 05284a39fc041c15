package sigv4

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestSign signs what a Verifier, which TestBotocore holds against botocore, accepts.
func TestSign(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }
	signer := Signer{AccessKey: "AKID", SecretKey: "secret", Region: "eu-west-1", Service: "mediatailor", Now: now}
	verifier := New(Options{AccessKey: "AKID", SecretKey: "secret", Service: "mediatailor", Now: now})
	for _, c := range []struct{ method, target, body, mediaType string }{
		{"GET", "http://127.0.0.1:8081/playbackConfigurations?maxResults=100", "", ""},
		{"PUT", "http://host.test/playbackConfiguration", `{"Name":"a"}`, "application/json"},
		{"DELETE", "http://host.test/playbackConfiguration/a%20b%2Fc", "", ""},
	} {
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		if c.mediaType != "" {
			r.Header.Set("Content-Type", c.mediaType)
		}
		if err := signer.Sign(r, []byte(c.body)); err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(r, []byte(c.body)); err != nil {
			t.Errorf("%s %s: %v", c.method, c.target, err)
		}
		if err := verifier.Verify(r, []byte(c.body+" ")); err == nil {
			t.Errorf("%s %s: another body passes", c.method, c.target)
		}
		if strings.Contains(r.Header.Get("Authorization"), signer.SecretKey) {
			t.Errorf("%s %s: the header has the secret key", c.method, c.target)
		}
	}
}

// A request of a client has its host in the URL alone.
func TestSignClientRequest(t *testing.T) {
	signer := Signer{AccessKey: "AKID", SecretKey: "secret", Region: "us-east-1", Service: "mediatailor"}
	verifier := New(Options{AccessKey: "AKID", SecretKey: "secret", Service: "mediatailor"})
	var refused error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { refused = verifier.Verify(r, nil) }))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/playbackConfiguration/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.Sign(r, nil); err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if refused != nil {
		t.Error(refused)
	}
}
