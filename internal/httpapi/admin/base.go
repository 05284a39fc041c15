package admin

import (
	"net"
	"net/http"

	"stitcher/internal/playback/awsapi"
)

// viewerBase makes the names of configurations, as the client of a request can
// reach them.
type viewerBase struct {
	naming awsapi.Naming
	scheme string
	// port of the viewer plane; "" is the scheme's own.
	port string
}

func newViewerBase(o Options) viewerBase {
	b := viewerBase{naming: o.Naming, scheme: "http"}
	if o.ViewerTLS {
		b.scheme = "https"
	}
	_, b.port, _ = net.SplitHostPort(o.ViewerListen)
	if b.scheme == "http" && b.port == "80" || b.scheme == "https" && b.port == "443" {
		b.port = ""
	}
	return b
}

// names are the names for the client of r: without a public URL it reaches the
// viewer plane by the host name by which it reached this one (design §3).
func (b viewerBase) names(r *http.Request) awsapi.Naming {
	n := b.naming
	if n.PublicURL != "" {
		return n
	}
	host := hostName(r.Host)
	if host == "" {
		host = "localhost"
	}
	n.PublicURL = b.scheme + "://" + authority(host, b.port)
	return n
}

func authority(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil {
		return "[" + host + "]"
	}
	return host
}
