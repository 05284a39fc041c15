package apitest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	someSession = "/api/v1/sessions/e039fd39-09f0-46b2-aca9-9871cc116cde"
	someMaster  = "/v1/master/0123/news/a/b/index.m3u8"
)

func TestCheck(t *testing.T) {
	viewer := http.Header{"Access-Control-Allow-Origin": {"*"}, "Cache-Control": {"no-store"}}
	admin := http.Header{"X-Amzn-Requestid": {"r"}, "Content-Type": {"application/json; charset=utf-8"}}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	playlist := with(viewer, "Content-Type", "application/vnd.apple.mpegurl")
	const session = `{"id":"a","configuration":"b","asset":"c","created":"2026-11-23T12:00:00Z","reporting":"server","avails":[]`
	for name, c := range map[string]struct {
		method, path string
		answer       Answer
		want         string // of the error; "" if the answer is documented
	}{
		"playlist":           {"GET", someMaster, Answer{Status: 200, Header: playlist, Body: []byte("#EXTM3U\n")}, ""},
		"head":               {"HEAD", someMaster, Answer{Status: 200, Header: playlist}, ""},
		"session":            {"GET", someSession, Answer{Status: 200, Header: admin, Body: []byte(session + "}")}, ""},
		"refused path":       {"GET", "/nothing", Answer{Status: 404, Header: viewer}, ""},
		"refused method":     {"DELETE", someMaster, Answer{Status: 405, Header: viewer}, ""},
		"unknown path":       {"GET", "/nothing", Answer{Status: 200, Header: viewer}, "the path is not documented"},
		"unknown method":     {"DELETE", someMaster, Answer{Status: 204, Header: viewer}, ""},
		"unknown method, OK": {"DELETE", someMaster, Answer{Status: 200, Header: viewer}, "does not have the method"},
		"unknown status":     {"GET", someMaster, Answer{Status: 418, Header: viewer}, "status 418"},
		"missing header":     {"GET", someMaster, Answer{Status: 200, Header: http.Header{}}, "is missing"},
		"wrong header":       {"GET", someMaster, Answer{Status: 200, Header: with(playlist, "Cache-Control", "max-age=1")}, "Cache-Control"},
		"wrong media type":   {"GET", someMaster, Answer{Status: 200, Header: with(viewer, "Content-Type", "text/html"), Body: []byte("x")}, "text/html"},
		"no media type":      {"GET", someMaster, Answer{Status: 200, Header: viewer, Body: []byte("x")}, "media type"},
		"wrong type of HEAD": {"HEAD", someMaster, Answer{Status: 200, Header: with(viewer, "Content-Type", "text/html")}, "text/html"},
		"no JSON":            {"GET", someSession, Answer{Status: 200, Header: admin, Body: []byte("{")}, "the body"},
		"missing member":     {"GET", someSession, Answer{Status: 200, Header: admin, Body: []byte(`{"id":"a"}`)}, "configuration"},
		"unknown member":     {"GET", someSession, Answer{Status: 200, Header: admin, Body: []byte(session + `,"secret":1}`)}, "secret"},
		"half a body":        {"GET", someSession, Answer{Status: 200, Header: admin, Body: []byte("{"), Partial: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Read(t).Check(c.method, c.path, c.answer)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Check = %v, want %q", err, c.want)
			}
		})
	}
}

// TestTransport: the client gets the whole answer, and a wrong one of a plane is
// reported.
func TestTransport(t *testing.T) {
	body := strings.Repeat("x", kept+1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	defer server.Close()
	for _, plane := range []bool{true, false} {
		var reported []error
		client := &http.Client{Transport: &Transport{
			Base: http.DefaultTransport, Document: Read(t),
			Watched: func(string) bool { return plane },
			Report:  func(err error) { reported = append(reported, err) },
		}}
		a, err := client.Get(server.URL + "/healthz/nothing")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(a.Body)
		if err := errors.Join(err, a.Body.Close()); err != nil || string(got) != body {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(body))
		}
		if (len(reported) == 1) != plane {
			t.Errorf("plane %t: reported %v", plane, reported)
		}
	}
}
