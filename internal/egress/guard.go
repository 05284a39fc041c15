package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// global is the only IPv6 space that is given out for use on the Internet; all
// else, NAT64 and IPv4-compatible addresses too, is refused.
var global = netip.MustParsePrefix("2000::/3")

// refused are the special-purpose blocks (RFC 6890 and its updates) that netip
// has no word for.
var refused = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // protocol assignments, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: an IPv4 address in disguise
	netip.MustParsePrefix("3fff::/20"),
}

// guard says which addresses may be dialled.
type guard struct{ allow []netip.Prefix }

// check answers an error that wraps ErrBlocked for an address that is not
// public and not allowed by the operator.
func (g guard) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range g.allow {
		if p.Contains(a) {
			return nil
		}
	}
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() ||
		a.IsMulticast() || a.Is6() && !global.Contains(a) {
		return fmt.Errorf("%w: %s", ErrBlocked, a)
	}
	for _, p := range refused {
		if p.Contains(a) {
			return fmt.Errorf("%w: %s", ErrBlocked, a)
		}
	}
	return nil
}

// control is net.Dialer.ControlContext: it sees the address after the name was
// resolved, so a name that changes its address between check and use (DNS
// rebinding) gains nothing.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if network != "tcp4" && network != "tcp6" && network != "tcp" {
		return fmt.Errorf("%w: network %s", ErrBlocked, network)
	}
	return g.check(a)
}
