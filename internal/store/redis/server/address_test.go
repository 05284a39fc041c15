package server

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseAddress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := func(a Address) Address {
		if a.Prefix == "" {
			a.Prefix = "stitcher:"
		}
		if a.Timeout == 0 {
			a.Timeout = time.Second
		}
		if a.Pool == 0 {
			a.Pool = 64
		}
		return a
	}
	for _, c := range []struct {
		text string
		want Address
		// said is the address without secrets.
		said string
	}{
		{"redis://localhost", Address{Hosts: []string{"localhost:6379"}}, "redis://localhost:6379"},
		{"redis://[::1]:7000/3", Address{Hosts: []string{"[::1]:7000"}, Database: 3}, "redis://[::1]:7000/3"},
		{"redis://:p%40ss@h:1", Address{Hosts: []string{"h:1"}, Password: "p@ss"}, "redis://h:1"},
		{"rediss://u:p@h/?ca=/ca.pem&cert=/c.pem&key=/k.pem&server-name=r", Address{
			Hosts: []string{"h:6379"}, Username: "u", Password: "p", TLS: true, CA: "/ca.pem", Cert: "/c.pem", Key: "/k.pem", ServerName: "r",
		}, "rediss://h:6379"},
		{"redis+sentinel://u:p@a,b:2/main/1?sentinel-username=s&sentinel-password=x&prefix=blue:", Address{
			Kind: Sentinel, Hosts: []string{"a:26379", "b:2"}, Primary: "main", Database: 1, Username: "u", Password: "p",
			SentinelUsername: "s", SentinelPassword: "x", Prefix: "blue:",
		}, "redis+sentinel://a:26379,b:2/main/1"},
		{"rediss+cluster://a:1,b:2?timeout=250ms&pool=8&password-file=" + file, Address{
			Kind: Cluster, Hosts: []string{"a:1", "b:2"}, TLS: true, Timeout: 250 * time.Millisecond, Pool: 8, Password: "from a file",
		}, "rediss+cluster://a:1,b:2"},
	} {
		got, err := ParseAddress(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if want := plain(c.want); !reflect.DeepEqual(*got, want) {
			t.Errorf("%s\n is %+v\nwant %+v", c.text, *got, want)
		}
		if got.String() != c.said || !IsAddress(c.text) {
			t.Errorf("%s is said to be %s", c.text, got)
		}
	}
}

// TestWrongAddresses: an error says what is wrong, and no secret.
func TestWrongAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"http://h":                             "scheme",
		"redis://u:hunter2@":                   "host",
		"redis://u:hunter2@a,b":                "redis+sentinel",
		"redis://u:hunter%2@h":                 "percent-encoded",
		"redis://u:hunter2@h/x":                "database",
		"redis://u:hunter2@h/-1":               "database",
		"redis+cluster://u:hunter2@h/1":        "database",
		"redis+sentinel://u:hunter2@h":         "primary",
		"redis://u:hunter2@h?prefix={a}":       "slot",
		"redis://u:hunter2@h?timeout=0s":       "timeout",
		"redis://u:hunter2@h?pool=0":           "pool",
		"redis://u:hunter2@h?colour=red":       "colour",
		"redis://u:hunter2@h?ca=/x":            "rediss",
		"rediss://u:hunter2@h?cert=/x":         "together",
		"redis://h?password-file=/there/is/no": "no such file",
	} {
		_, err := ParseAddress(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want something of %q", text, err, want)
		}
	}
	if _, _, err := Connect("rediss://h?ca=/there/is/no"); err == nil {
		t.Error("a client is made without its certificates")
	}
}
