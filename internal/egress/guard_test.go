package egress

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

func TestGuard(t *testing.T) {
	allow := guard{allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for _, c := range []struct {
		address string
		ok      bool
	}{
		{"93.184.216.34:80", true},
		{"[2606:2800:220:1:248:1893:25c8:1946]:443", true},
		{"[::ffff:93.184.216.34]:80", true},
		{"10.1.2.3:80", true}, // the operator allows it
		{"[::ffff:10.1.2.3]:80", true},
		{"[fd00:1::5]:80", true},
		{"10.2.0.1:80", false},
		{"[fd00:2::5]:80", false},
		{"127.0.0.1:80", false},
		{"127.8.9.10:80", false},
		{"0.0.0.0:80", false},
		{"0.1.2.3:80", false},
		{"172.16.0.1:80", false},
		{"172.32.0.1:80", true},
		{"192.168.1.1:80", false},
		{"169.254.169.254:80", false}, // cloud metadata
		{"[fd00:ec2::254]:80", false},
		{"100.64.0.1:80", false}, // carrier-grade NAT
		{"100.100.100.200:80", false},
		{"100.128.0.1:80", true},
		{"192.0.0.192:80", false},
		{"192.0.2.1:80", false},
		{"192.88.99.1:80", false},
		{"198.18.0.1:80", false},
		{"198.51.100.1:80", false},
		{"203.0.113.1:80", false},
		{"224.0.0.1:80", false},
		{"239.255.255.250:1900", false},
		{"240.0.0.1:80", false},
		{"255.255.255.255:80", false},
		{"[::]:80", false},
		{"[::1]:80", false},
		{"[::ffff:127.0.0.1]:80", false},
		{"[::ffff:169.254.169.254]:80", false},
		{"[::127.0.0.1]:80", false},          // IPv4-compatible
		{"[64:ff9b::7f00:1]:80", false},      // NAT64
		{"[64:ff9b:1::a00:1]:80", false},     // local NAT64
		{"[2002:7f00:1::1]:80", false},       // 6to4
		{"[2001:0:7f00:1::1]:80", false},     // Teredo
		{"[2001:db8::1]:80", false},          // documentation
		{"[3fff::1]:80", false},              // documentation
		{"[fe80::1]:80", false},              // link-local
		{"[fe80::1%lo]:80", false},           // with a zone
		{"[2606:2800:220:1::1%lo]:80", true}, // a zone says nothing about a public address
		{"[fec0::1]:80", false},
		{"[ff02::1]:80", false},
		{"[100::1]:80", false},
		{"[5f00::1]:80", false},
		{"localhost:80", false}, // no address
		{"127.0.0.1", false},    // no port
	} {
		if err := allow.control(context.Background(), "tcp", c.address, nil); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if err := allow.control(context.Background(), "unix", "93.184.216.34:80", nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("a network that is not TCP: %v", err)
	}
}
