package egress

import (
	"net"
	"net/http"
	"time"
)

// network is the transport for production. names resolves host names; nil is
// the system's resolver. The guard sees what it answers.
func network(g guard, names *net.Resolver) *http.Transport {
	d := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, ControlContext: g.control, Resolver: names}
	return &http.Transport{
		Proxy:                  nil, // never the environment's
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4096,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // we decode ourselves, within the limit
		// A connection that died silently would take every request to its host
		// with it until the kernel gives up.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}
