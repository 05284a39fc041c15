package egress

import (
	"net/http"
	"testing"
)

// TestPrivateHeaders: an ad server's key goes to no other host that it redirects
// to, and to the same host wherever it redirects.
func TestPrivateHeaders(t *testing.T) {
	var got []string
	note := func(r *http.Request) { got = append(got, r.Header.Get("X-Api-Key")+" "+r.Header.Get("X-Device-Ip")) }
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { note(r) })
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			http.Redirect(w, r, other, http.StatusTemporaryRedirect)
		}
	})
	c := New(Options{Allow: loopback})
	_, err := c.Do(t.Context(), Request{
		URL: first + "/a", Private: []string{"X-Api-Key"}, MaxBytes: 1 << 10,
		Header: http.Header{"X-Api-Key": {"secret"}, "X-Device-Ip": {"192.0.2.1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0] != "secret 192.0.2.1" || got[1] != got[0] || got[2] != " 192.0.2.1" {
		t.Errorf("headers %q", got)
	}
}
