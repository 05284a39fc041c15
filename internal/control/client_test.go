package control

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

// TestPages reads all pages of a list.
func TestPages(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"Items":[{"Name":"a"}],"NextToken":"x&y"}`
		if r.URL.Query().Get("NextToken") == "x&y" {
			answer = `{"Items":[{"Name":"b"}]}`
		}
		if _, err := w.Write([]byte(answer)); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	c, err := New(Options{URL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Configurations(t.Context())
	if err != nil || len(all) != 2 || string(all[1]) != `{"Name":"b"}` {
		t.Errorf("%s, error %v", all, err)
	}
}

// TestReady tells a service that is not ready from one that refuses.
func TestReady(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   []Reason
		err    string
	}{
		{200, `{"status":"ready"}`, nil, ""},
		{200, `{"status":"degraded","reasons":[{"name":"disk","error":"full"}]}`, []Reason{{"disk", "full"}}, ""},
		{503, `{"status":"not ready","reasons":[{"name":"store","error":"gone"}]}`, []Reason{{"store", "gone"}}, ""},
		{403, `{"message":"no"}`, nil, "HTTP 403: no"},
		{502, `<html>bad gateway</html>`, nil, "HTTP 502: <html>bad gateway</html>"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			if _, err := w.Write([]byte(c.body)); err != nil {
				t.Error(err)
			}
		}))
		client, err := New(Options{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.Ready(t.Context())
		if !reflect.DeepEqual(got, c.want) || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%d %s: %v, error %v", c.status, c.body, got, err)
		}
		server.Close()
	}
}

func TestURL(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:8081", "ftp://host", "http://", "http://host/?a=b", "://"} {
		if _, err := New(Options{URL: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
