// Package client tells who the client of a request is, and under which address it reached
// the viewer plane. Forwarded headers count only if a trusted proxy sent them.
package client

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback"
)

// Limits of what a session remembers of its viewer, in bytes and hops; real
// values are far shorter.
const (
	maxUserAgent      = 1024
	maxReferer        = 2048
	maxAcceptLanguage = 256
	maxRequestedWith  = 256
	maxHops           = 16
)

// Proxies are the peers whose word on the client's address is believed. Loopback peers
// are always believed.
type Proxies []netip.Prefix

// Viewer is what the request tells of the device.
func (p Proxies) Viewer(r *http.Request) playback.Viewer {
	v := playback.Viewer{
		UserAgent:      bounded(r.Header.Get("User-Agent"), maxUserAgent),
		Referer:        bounded(r.Header.Get("Referer"), maxReferer),
		AcceptLanguage: bounded(r.Header.Get("Accept-Language"), maxAcceptLanguage),
		RequestedWith:  bounded(r.Header.Get("X-Requested-With"), maxRequestedWith),
	}
	peer, ok := parseHop(r.RemoteAddr)
	if !ok {
		return v
	}
	client, chain := peer, []string(nil)
	if p.trusts(peer) {
		client, chain = p.client(peer, forwardedHops(r.Header))
	}
	v.IP = client.String()
	v.ForwardedFor = v.IP
	if len(chain) > 0 {
		v.ForwardedFor = strings.Join(chain, ", ")
	}
	return v
}

// client walks the hops from the nearest to the farthest: the first that is not
// a trusted proxy is the client, whatever it claims to have forwarded for. A hop
// that is no address ends the walk at the last proxy before it. The chain is
// what ad servers are told: the hops that are addresses.
func (p Proxies) client(peer netip.Addr, hops []string) (netip.Addr, []string) {
	client, found := peer, false
	var chain []string
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(hops[i])
		if ok {
			chain = append(chain, hop.String())
		}
		if found {
			continue
		}
		if !ok {
			found = true
			continue
		}
		client = hop
		found = !p.trusts(hop)
	}
	slices.Reverse(chain)
	return client, chain
}

// Network names the network of a client's address, by which sessions are counted: who
// has an IPv6 address usually has all of its /64. It is "" for a trusted proxy, whose
// clients are not known.
func (p Proxies) Network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || p.trusts(a) {
		return ""
	}
	if a.Is6() {
		if prefix, err := a.Prefix(64); err == nil {
			return prefix.Addr().String()
		}
	}
	return ip
}

// Base is the scheme and the host under which the client reached the plane: what the
// request says, and trusted proxies.
func (p Proxies) Base(r *http.Request) (string, error) {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if peer, ok := parseHop(r.RemoteAddr); ok && p.trusts(peer) {
		if v := strings.ToLower(firstHop(r.Header.Get("X-Forwarded-Proto"))); v == "http" || v == "https" {
			scheme = v
		}
		if v := r.Header.Get("X-Forwarded-Host"); v != "" {
			host = firstHop(v)
		}
	}
	if host == "" || strings.ContainsFunc(host, outsideHost) {
		return "", adapter.BadRequest("the Host header is not a host")
	}
	return scheme + "://" + host, nil
}

// firstHop is what the proxy that is nearest to the client wrote, of a header to which each
// proxy adds.
func firstHop(header string) string {
	first, _, _ := strings.Cut(header, ",")
	return strings.TrimSpace(first)
}

// outsideHost is whether a host can't have a character.
func outsideHost(c rune) bool {
	alphanumeric := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	return !alphanumeric && !strings.ContainsRune(".-_:[]", c)
}

// Proxied is whether a proxy says that it passed the request on.
func Proxied(h http.Header) bool {
	return len(forwardedHops(h)) > 0 || h.Get("Via") != ""
}

func (p Proxies) trusts(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedHops are the hops that the request went through, farthest first:
// those of X-Forwarded-For, which is what nearly every proxy writes, else those
// of Forwarded (RFC 7239). Only the nearest are kept; a client may have sent any
// number of its own.
func forwardedHops(h http.Header) []string {
	var hops []string
	for _, line := range h["X-Forwarded-For"] {
		hops = append(hops, strings.Split(line, ",")...)
	}
	if len(hops) == 0 {
		for _, line := range h["Forwarded"] {
			hops = append(hops, forwardedFor(line)...)
		}
	}
	return hops[max(0, len(hops)-maxHops):]
}

// forwardedFor are the for= parameters of a Forwarded header, in order. An
// element without one is an empty hop.
func forwardedFor(line string) []string {
	var hops []string
	for element := range strings.SplitSeq(line, ",") {
		hop := ""
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(name, "for") {
				hop = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// parseHop reads an address as it stands in forwarded headers and in
// RemoteAddr: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// bounded is s cut to limit bytes, and to whole characters.
func bounded(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}
