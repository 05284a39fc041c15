package admin

import (
	"net/http"
	"strings"
	"testing"
)

// TestReports: a report is JSON or CSV; what means nothing is a 400 that says why.
func TestReports(t *testing.T) {
	f := newFixture(t)
	a := f.do(t, http.MethodGet, "/api/v1/reports?groupBy=configuration", "")
	if a.StatusCode != http.StatusOK || a.at("granularity") != "total" || !strings.Contains(a.text, `"rows":[]`) {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	a = f.do(t, http.MethodGet, "/api/v1/reports?format=csv&measures=avails", "")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" || a.text != "time,avails\n" {
		t.Errorf("%d %v %q", a.StatusCode, a.Header, a.text)
	}
	a = f.do(t, http.MethodGet, "/api/v1/reports?groupBy=creative&measures=sessions", "")
	if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.text, "goes together with") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}
