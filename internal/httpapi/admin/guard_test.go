package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A page that an operator's browser shows must not reach the plane, whatever
// name it found for it (design §9).
func TestPagesOfOtherOriginsAreRefused(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name    string
		headers []string
		ok      bool
	}{
		{"no browser", nil, true},
		{"typed in", []string{"Sec-Fetch-Site", "none"}, true},
		{"own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8081"}, true},
		{"own page behind TLS", []string{"Origin", "https://127.0.0.1:8081"}, true},
		{"foreign page", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"page of another port", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"foreign origin", []string{"Origin", "https://evil.example"}, false},
		{"origin of another port", []string{"Origin", "http://127.0.0.1:3000"}, false},
		{"sandboxed frame", []string{"Origin", "null"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, errorType := 200, ""
			if !c.ok {
				status, errorType = 403, "AccessDeniedException"
			}
			for _, target := range []string{"/playbackConfigurations", "/metrics", "/healthz"} {
				a := f.want(t, status, errorType, "GET", target, "", c.headers...)
				if a.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Error("the answer is open to other origins")
				}
			}
		})
	}
}

func TestHost(t *testing.T) {
	for _, c := range []struct {
		listen, host string
		ok           bool
	}{
		{"127.0.0.1:8081", "127.0.0.1:8081", true},
		{"127.0.0.1:8081", "127.0.0.1", true},
		{"127.0.0.1:8081", "LocalHost:8081", true},
		{"127.0.0.1:8081", "[::1]:8081", true},
		{"127.0.0.1:8081", "127.9.9.9:8081", true},
		{"127.0.0.1:8081", "evil.example:8081", false},
		{"127.0.0.1:8081", "localhost.evil.example", false},
		{"127.0.0.1:8081", "10.0.0.7:8081", false},
		{"127.0.0.1:8081", "127.0.0.1.evil.example", false},
		{"127.0.0.1:8081", "", false},
		{"10.0.0.7:8081", "10.0.0.7:8081", true},
		{"10.0.0.7:8081", "10.0.0.8:8081", false},
		{":8081", "10.0.0.7:8081", true},
		{"0.0.0.0:8081", "[2001:db8::1]:8081", true},
		{"[::]:8081", "evil.example", false},
		{"admin.internal:8081", "admin.internal:8081", true},
		{":8081", "stitcher.example", true},
		{":8081", "tv.example", true},
	} {
		o := Options{Listen: c.listen, Hosts: []string{"Stitcher.example"}, Naming: account}
		o.Naming.PublicURL = "https://tv.example/x"
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = c.host
		if err := newGuard(o).host(r); (err == nil) != c.ok {
			t.Errorf("listening on %s, Host %s: %v", c.listen, c.host, err)
		}
	}
	f := newFixture(t)
	a := f.want(t, 403, "AccessDeniedException", "GET", "/playbackConfigurations", "", "Host", "evil.example")
	if !strings.Contains(a.message(), "Host") {
		t.Errorf("the message is %q", a.message())
	}
}

// Without a public URL the prefixes have the name by which the client found
// this plane, and the viewer plane's port (design §3).
func TestViewerBase(t *testing.T) {
	for _, c := range []struct {
		public, listen string
		tls            bool
		host, want     string
	}{
		{"", ":8080", false, "127.0.0.1:8081", "http://127.0.0.1:8080"},
		{"", "0.0.0.0:8080", false, "tv.example:8081", "http://tv.example:8080"},
		{"", ":8443", true, "[::1]:8081", "https://[::1]:8443"},
		{"", ":80", false, "[::1]:8081", "http://[::1]"},
		{"", ":443", true, "tv.example", "https://tv.example"},
		{"", ":8080", false, "", "http://localhost:8080"},
		{"https://tv.example", ":8080", false, "127.0.0.1:8081", "https://tv.example"},
	} {
		o := Options{Naming: account, ViewerListen: c.listen, ViewerTLS: c.tls}
		o.Naming.PublicURL = c.public
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = c.host
		if got := newViewerBase(o).names(r).PublicURL; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// With --insecure-admin names don't matter; pages of other origins still do.
func TestAnyHost(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.AnyHost = true })
	f.want(t, 200, "", "GET", "/playbackConfigurations", "", "Host", "gateway.example")
	f.want(t, 403, "AccessDeniedException", "GET", "/playbackConfigurations", "", "Host", "gateway.example", "Origin", "http://evil.example")
}
