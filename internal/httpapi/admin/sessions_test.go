package admin

import (
	"net/http"
	"testing"
)

// TestExplainSession: a session is explained, one that is not there is 404.
func TestExplainSession(t *testing.T) {
	f := newFixture(t)
	a := f.do(t, http.MethodGet, "/api/v1/sessions/"+knownSession, "")
	if a.StatusCode != http.StatusOK || a.at("id") != knownSession || a.at("configuration") != "news" {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	a = f.do(t, http.MethodGet, "/api/v1/sessions/other", "")
	if a.StatusCode != http.StatusNotFound || a.errorType() != "NotFoundException" {
		t.Errorf("%d %s %s", a.StatusCode, a.errorType(), a.text)
	}
}
