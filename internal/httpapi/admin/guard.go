package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// guard refuses what a web page could send through an operator's browser:
// listening on loopback is no defence against that (design §9).
type guard struct {
	// names are the host names of this plane.
	names []string
	// anyAddress is whether the plane listens on every address of the machine.
	anyAddress bool
	// anyHost is whether names are not checked.
	anyHost bool
}

func newGuard(o Options) guard {
	g := guard{anyHost: o.AnyHost}
	for _, name := range append([]string{"localhost"}, o.Hosts...) {
		g.names = append(g.names, hostName(name))
	}
	if u, err := url.Parse(o.Naming.PublicURL); err == nil && u.Host != "" {
		g.names = append(g.names, hostName(u.Host))
	}
	listen := hostName(o.Listen)
	if a, err := netip.ParseAddr(listen); listen == "" || err == nil && a.IsUnspecified() {
		g.anyAddress = true
	} else {
		g.names = append(g.names, listen)
	}
	return g
}

// origin refuses requests that a browser makes for a page from elsewhere. A
// page of another port of this machine is from elsewhere too, though browsers
// call that same-site.
func (g guard) origin(r *http.Request) error {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
	default:
		return forbidden("requests from web pages of other origins are refused")
	}
	sent := r.Header.Get("Origin")
	if sent == "" {
		return nil
	}
	// The scheme is not compared: a proxy may speak TLS for us.
	u, err := url.Parse(sent)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return forbidden("requests from web pages of other origins are refused")
	}
	return nil
}

// host refuses names that are not this plane's: a name of an attacker that
// resolves to this machine makes his page same-origin with it. An address is no
// name that could be made to resolve.
func (g guard) host(r *http.Request) error {
	name := hostName(r.Host)
	if g.anyHost || slices.Contains(g.names, name) {
		return nil
	}
	if a, err := netip.ParseAddr(name); err == nil && (g.anyAddress || a.Unmap().IsLoopback()) {
		return nil
	}
	return forbidden("the Host of the request is not a name of this server: use its address, localhost, or a configured host name")
}

// hostName is the host of "host", "host:port" or "[v6]:port", in lower case.
func hostName(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	return strings.ToLower(strings.Trim(s, "[]"))
}
