package main

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

// TestFlags: every flag has a twin in the environment, flags win, and all that
// is wrong is said at once.
func TestFlags(t *testing.T) {
	var s settings
	err := s.parse("serve", []string{"--max-sessions", "7", "--retention", "2d"},
		environment("STITCHER_MAX_SESSIONS", "9", "STITCHER_RENDITIONS_MAX_BYTES", "3GiB", "STITCHER_EGRESS_ALLOW", "10.1.2.3, 192.168.0.0/16"),
		&bytes.Buffer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.maxSessions != 7 || int64(s.renditionsMax) != 3<<30 || time.Duration(s.retention) != 48*time.Hour {
		t.Errorf("settings are %+v", s)
	}
	if got := s.egressAllow.String(); got != "10.1.2.3/32,192.168.0.0/16" {
		t.Errorf("--egress-allow is %s", got)
	}
}

func TestFlagsRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--access-key", "a"}, []string{"--access-key and --secret-key must be set together"}},
		{[]string{"--admin-listen", ":9"}, []string{"not a loopback address"}},
		{[]string{"--tls-cert", "c", "--store", "paper"}, []string{"--tls-cert and --tls-key", "--store: it is neither sqlite nor"}},
		{[]string{"--renditions-max-bytes", "many"}, []string{`"many" is not a size`}},
		{[]string{"--egress-allow", "10.0.0.0/99"}, []string{"is not a CIDR"}},
		{[]string{"--retention", "-1d"}, []string{"is not a number of days"}},
		{[]string{"--max-sessions", "0"}, []string{"must be positive"}},
		{[]string{"--sessions-per-address", "-1"}, []string{"must be 0 to 1000000"}},
		{[]string{"--sessions-per-configuration", "1000001"}, []string{"must be 0 to 1000000"}},
		{[]string{"file"}, []string{`takes no argument "file"`}},
	} {
		var s settings
		var out bytes.Buffer
		if err := s.parse("serve", c.args, environment(), &out, nil); err == nil {
			t.Errorf("%v is accepted", c.args)
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%v says %q, want %q in it", c.args, out.String(), w)
			}
		}
	}
	var s settings
	if err := s.parse("serve", []string{"-h"}, environment(), &bytes.Buffer{}, nil); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h gives %v", err)
	}
	if err := s.parse("serve", nil, environment("STITCHER_DRAIN", "soon"), &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), "STITCHER_DRAIN") {
		t.Errorf("a bad variable gives %v", err)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8081": true, "localhost:1": true, "[::1]:80": true, "127.9.9.9:1": true,
		":8081": false, "0.0.0.0:80": false, "10.0.0.1:80": false, "example.com:80": false,
	} {
		if loopback(address) != want {
			t.Errorf("loopback(%q) is %v", address, !want)
		}
	}
}
