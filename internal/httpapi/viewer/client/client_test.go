package client

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestClientAddress: forwarded headers count from trusted peers only, and only
// up to the first hop that is not one of them; GHSA-246p-cpwv-v3jq is what
// happens otherwise.
func TestClientAddress(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	for _, c := range []struct {
		name, peer string
		xff        []string
		forwarded  []string
		ip, chain  string
	}{
		{name: "direct", peer: "203.0.113.7:4000", ip: "203.0.113.7", chain: "203.0.113.7"},
		{name: "direct, lying", peer: "203.0.113.7:4000", xff: []string{"1.2.3.4"}, forwarded: []string{"for=1.2.3.4"}, ip: "203.0.113.7", chain: "203.0.113.7"},
		{name: "one proxy", peer: "10.1.1.1:80", xff: []string{"198.51.100.1"}, ip: "198.51.100.1", chain: "198.51.100.1"},
		{name: "one proxy, a client that lies", peer: "10.1.1.1:80", xff: []string{"1.2.3.4, 198.51.100.1"}, ip: "198.51.100.1", chain: "1.2.3.4, 198.51.100.1"},
		{name: "two proxies", peer: "10.1.1.1:80", xff: []string{"198.51.100.1, 10.2.2.2"}, ip: "198.51.100.1", chain: "198.51.100.1, 10.2.2.2"},
		{name: "two header lines", peer: "10.1.1.1:80", xff: []string{"198.51.100.1", "10.2.2.2"}, ip: "198.51.100.1", chain: "198.51.100.1, 10.2.2.2"},
		{name: "proxies all the way", peer: "10.1.1.1:80", xff: []string{"10.9.9.9, 10.2.2.2"}, ip: "10.9.9.9", chain: "10.9.9.9, 10.2.2.2"},
		{name: "loopback is trusted", peer: "127.0.0.1:80", xff: []string{"198.51.100.1"}, ip: "198.51.100.1", chain: "198.51.100.1"},
		{name: "loopback, IPv6", peer: "[::1]:80", xff: []string{"2001:db8::5"}, ip: "2001:db8::5", chain: "2001:db8::5"},
		{name: "a trusted peer says nothing", peer: "10.1.1.1:80", ip: "10.1.1.1", chain: "10.1.1.1"},
		{name: "rubbish next to us", peer: "10.1.1.1:80", xff: []string{"198.51.100.1, unknown"}, ip: "10.1.1.1", chain: "198.51.100.1"},
		{name: "rubbish far away", peer: "10.1.1.1:80", xff: []string{"<script>, 198.51.100.1"}, ip: "198.51.100.1", chain: "198.51.100.1"},
		{name: "nothing but rubbish", peer: "10.1.1.1:80", xff: []string{"a b,,"}, ip: "10.1.1.1", chain: "10.1.1.1"},
		{name: "ports and brackets", peer: "10.1.1.1:80", xff: []string{"198.51.100.1:5555, [2001:db8:ff::1]:443"}, ip: "198.51.100.1", chain: "198.51.100.1, 2001:db8:ff::1"},
		{name: "mapped", peer: "[::ffff:10.1.1.1]:80", xff: []string{"::ffff:198.51.100.1"}, ip: "198.51.100.1", chain: "198.51.100.1"},
		{name: "a zone is nobody's business", peer: "[fe80::1%eth0]:80", ip: "fe80::1", chain: "fe80::1"},
		{name: "Forwarded", peer: "10.1.1.1:80", forwarded: []string{`for=198.51.100.1;proto=https;by=10.0.0.1, For="[2001:db8:ff::1]:443"`}, ip: "198.51.100.1", chain: "198.51.100.1, 2001:db8:ff::1"},
		{name: "Forwarded, hidden", peer: "10.1.1.1:80", forwarded: []string{"for=198.51.100.1, for=_hidden"}, ip: "10.1.1.1", chain: "198.51.100.1"},
		{name: "X-Forwarded-For goes first", peer: "10.1.1.1:80", xff: []string{"198.51.100.1"}, forwarded: []string{"for=198.51.100.2"}, ip: "198.51.100.1", chain: "198.51.100.1"},
		{name: "a very long chain keeps its near end", peer: "10.1.1.1:80", xff: []string{strings.Repeat("1.1.1.1, ", 1000) + "198.51.100.1"},
			ip: "198.51.100.1", chain: strings.Repeat("1.1.1.1, ", maxHops-1) + "198.51.100.1"},
		{name: "no address", peer: "@", xff: []string{"198.51.100.1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.xff
			r.Header["Forwarded"] = c.forwarded
			v := trusted.Viewer(r)
			if v.IP != c.ip || v.ForwardedFor != c.chain {
				t.Errorf("IP %q, chain %q; want %q, %q", v.IP, v.ForwardedFor, c.ip, c.chain)
			}
		})
	}
}

// TestClientNetwork: what new sessions are counted by.
func TestClientNetwork(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	for ip, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "2001:db8::1:2:3:4": "2001:db8::", "2001:db8:0:1::9": "2001:db8:0:1::",
		"10.1.1.1": "", "127.0.0.1": "", "::1": "", "2001:db8:ff::1": "", "": "",
	} {
		if got := trusted.Network(ip); got != want {
			t.Errorf("%q is counted as %q, want %q", ip, got, want)
		}
	}
}

// TestBase: the address of the plane is what the request says, or a trusted proxy.
func TestBase(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ peer, host, proto, forwarded, want string }{
		{"203.0.113.7:4000", "ads.example:8080", "", "", "http://ads.example:8080"},
		{"203.0.113.7:4000", "[2001:db8::1]:80", "https", "evil.example", "http://[2001:db8::1]:80"},
		{"10.1.1.1:80", "internal", "https", "cdn.example, internal", "https://cdn.example"},
		{"10.1.1.1:80", "internal", "https, http", "cdn.example", "https://cdn.example"},
		{"10.1.1.1:80", "internal", "HTTPS", "", "https://internal"},
		{"10.1.1.1:80", "internal", "https", ", internal", ""},
		{"10.1.1.1:80", "internal", "gopher", "", "http://internal"},
		{"10.1.1.1:80", "internal", "", `a"b`, ""},
		{"203.0.113.7:4000", "a<b", "", "", ""},
		{"203.0.113.7:4000", "ü.example", "", "", ""},
		{"203.0.113.7:4000", "", "", "", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-Host", c.forwarded)
		}
		if got, err := trusted.Base(r); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

func TestViewerHeadersAreBounded(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	long := strings.Repeat("ü", 5000)
	for _, name := range []string{"User-Agent", "Referer", "Accept-Language", "X-Requested-With"} {
		r.Header.Set(name, "x"+long)
	}
	v := Proxies(nil).Viewer(r)
	for name, c := range map[string]struct {
		got   string
		limit int
	}{
		"User-Agent": {v.UserAgent, maxUserAgent}, "Referer": {v.Referer, maxReferer},
		"Accept-Language": {v.AcceptLanguage, maxAcceptLanguage}, "X-Requested-With": {v.RequestedWith, maxRequestedWith},
	} {
		if len(c.got) > c.limit || len(c.got) < c.limit-1 || !utf8.ValidString(c.got) {
			t.Errorf("%s: %d bytes, want %d of whole characters", name, len(c.got), c.limit)
		}
	}
	r.Header.Set("User-Agent", "a\xffb")
	if got := Proxies(nil).Viewer(r).UserAgent; got != "ab" {
		t.Errorf("User-Agent %q, want what is text of it", got)
	}
}
