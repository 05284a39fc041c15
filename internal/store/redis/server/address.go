// Package server reaches the servers of an address: one Redis or Valkey, Sentinels or a
// Cluster.
package server

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is how the servers of a store are found.
type Kind int

// The kinds.
const (
	// Single is one server at an address.
	Single Kind = iota
	// Sentinel is the primary of a name that the Sentinels at the addresses know.
	Sentinel
	// Cluster is a cluster that the servers at the addresses belong to.
	Cluster
)

// schemes are the schemes of addresses; those with TLS have it in any case.
var schemes = map[string]struct {
	kind Kind
	tls  bool
	port string
}{
	"redis":           {Single, false, "6379"},
	"rediss":          {Single, true, "6379"},
	"redis+sentinel":  {Sentinel, false, "26379"},
	"rediss+sentinel": {Sentinel, true, "26379"},
	"redis+cluster":   {Cluster, false, "6379"},
	"rediss+cluster":  {Cluster, true, "6379"},
}

// Address is where the servers of a store are and how to log in.
type Address struct {
	Kind Kind
	// Hosts are host:port of the server, the Sentinels, or some servers of the cluster.
	Hosts []string
	// Primary is the name that Sentinels know the primary by.
	Primary string
	// Database is the number of the database; a cluster has only 0.
	Database int
	// Username and Password log in to the servers; without a user name it is the
	// default user. SentinelUsername and SentinelPassword log in to the Sentinels.
	Username, Password                 string
	SentinelUsername, SentinelPassword string
	// TLS is whether connections use TLS. CA is the file of the certificates that
	// the servers' must be signed by, by default those of the system; Cert and Key are
	// the files of the client's certificate; ServerName is the name in the servers'
	// certificates, by default the host.
	TLS                       bool
	CA, Cert, Key, ServerName string
	// Prefix stands before every key.
	Prefix string
	// Timeout is how long a round trip may take, Pool how many connections there are
	// to a server.
	Timeout time.Duration
	Pool    int
}

// The defaults of an address.
const (
	defaultPrefix  = "stitcher:"
	defaultTimeout = time.Second
	defaultPool    = 64
)

// IsAddress is whether the text is meant as an address of this package: it has one of
// its schemes.
func IsAddress(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	_, known := schemes[scheme]
	return ok && known
}

// ParseAddress reads an address:
//
//	redis://[user[:password]@]host[:port][/database][?parameters]
//	redis+sentinel://[user[:password]@]host[:port],…/name[/database][?parameters]
//	redis+cluster://[user[:password]@]host[:port],…[?parameters]
//
// and the same with rediss in the place of redis for TLS. Parameters are prefix, timeout,
// pool, password-file, sentinel-username, sentinel-password, sentinel-password-file, ca,
// cert, key and server-name. An error never has the text of the address, because it has
// secrets.
func ParseAddress(text string) (*Address, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	s, ok := schemes[scheme]
	if !ok {
		return nil, errors.New("address of Redis: the scheme is not redis, rediss, redis+sentinel, rediss+sentinel, redis+cluster or rediss+cluster")
	}
	a := &Address{Kind: s.kind, TLS: s.tls, Prefix: defaultPrefix, Timeout: defaultTimeout, Pool: defaultPool}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	hosts := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		if err := a.login(authority[:i]); err != nil {
			return nil, err
		}
		hosts = authority[i+1:]
	}
	for _, errs := range []error{a.hosts(hosts, s.port), a.path(path), a.parameters(query)} {
		if errs != nil {
			return nil, fmt.Errorf("address of Redis: %w", errs)
		}
	}
	return a, nil
}

func (a *Address) login(userinfo string) error {
	user, password, _ := strings.Cut(userinfo, ":")
	var err1, err2 error
	a.Username, err1 = url.PathUnescape(user)
	a.Password, err2 = url.PathUnescape(password)
	if err1 != nil || err2 != nil {
		return errors.New("address of Redis: user name or password is not percent-encoded")
	}
	return nil
}

func (a *Address) hosts(list, port string) error {
	for h := range strings.SplitSeq(list, ",") {
		if _, _, err := net.SplitHostPort(h); err != nil {
			h = net.JoinHostPort(strings.Trim(h, "[]"), port)
		}
		if strings.HasPrefix(h, ":") {
			return errors.New("a host is missing")
		}
		a.Hosts = append(a.Hosts, h)
	}
	if a.Kind == Single && len(a.Hosts) > 1 {
		return errors.New("redis:// has one host; use redis+sentinel:// or redis+cluster://")
	}
	return nil
}

func (a *Address) path(path string) error {
	database := path
	if a.Kind == Sentinel {
		a.Primary, database, _ = strings.Cut(path, "/")
		if a.Primary == "" {
			return errors.New("redis+sentinel:// needs the name of the primary as its path, such as /mymaster")
		}
	}
	if database == "" {
		return nil
	}
	n, err := strconv.Atoi(database)
	if err != nil || n < 0 || a.Kind == Cluster {
		return fmt.Errorf("the path %q is no number of a database", database)
	}
	a.Database = n
	return nil
}

func (a *Address) parameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the parameters are not percent-encoded")
	}
	for name, list := range values {
		value := list[len(list)-1]
		var err error
		switch name {
		case "prefix":
			a.Prefix = value
			if strings.ContainsAny(value, "{}") {
				err = errors.New("braces would put all keys into one hash slot")
			}
		case "timeout":
			a.Timeout, err = time.ParseDuration(value)
			if err == nil && a.Timeout <= 0 {
				err = errors.New("it is not positive")
			}
		case "pool":
			a.Pool, err = strconv.Atoi(value)
			if err == nil && a.Pool < 1 {
				err = errors.New("it is not positive")
			}
		case "password-file":
			a.Password, err = secret(value)
		case "sentinel-username":
			a.SentinelUsername = value
		case "sentinel-password":
			a.SentinelPassword = value
		case "sentinel-password-file":
			a.SentinelPassword, err = secret(value)
		case "ca":
			a.CA = value
		case "cert":
			a.Cert = value
		case "key":
			a.Key = value
		case "server-name":
			a.ServerName = value
		default:
			err = errors.New("there is no such parameter")
		}
		if err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	if !a.TLS && slices.ContainsFunc([]string{a.CA, a.Cert, a.Key, a.ServerName}, func(s string) bool { return s != "" }) {
		return errors.New("ca, cert, key and server-name need TLS: use rediss")
	}
	if (a.Cert == "") != (a.Key == "") {
		return errors.New("cert and key must be set together")
	}
	return nil
}

// secret reads a file with a secret, without the end of its last line.
func secret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// String is the address without secrets, for logs.
func (a *Address) String() string {
	for scheme, s := range schemes {
		if s.kind == a.Kind && s.tls == a.TLS {
			text := scheme + "://" + strings.Join(a.Hosts, ",")
			if a.Kind == Sentinel {
				text += "/" + a.Primary
			}
			if a.Database != 0 {
				text += "/" + strconv.Itoa(a.Database)
			}
			return text
		}
	}
	return ""
}
