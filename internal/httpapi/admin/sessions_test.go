package admin

import (
	"net/http"
	"strings"
	"testing"

	"stitcher/internal/stitch/bundle"
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

// TestBundleSession: the recording of a session is a file that `stitcher replay` reads;
// of a session that is not recorded, the answer says why.
func TestBundleSession(t *testing.T) {
	f := newFixture(t)
	a := f.do(t, http.MethodGet, "/api/v1/sessions/"+knownSession+"/bundle", "")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/gzip" {
		t.Errorf("%d %s", a.StatusCode, a.Header)
	}
	if b, err := bundle.Read(strings.NewReader(a.text)); err != nil || b.Head.Session.ID != knownSession {
		t.Errorf("the file is %+v, %v", b, err)
	}
	a = f.do(t, http.MethodGet, "/api/v1/sessions/other/bundle", "")
	if a.StatusCode != http.StatusNotFound || !strings.Contains(a.text, "LogConfiguration") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}
