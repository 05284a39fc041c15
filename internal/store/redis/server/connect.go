package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// retries is how often a call is sent again that was not answered, or that a
	// server in a failover has refused.
	retries                  = 2
	leastBackoff, mostBackof = 8 * time.Millisecond, 64 * time.Millisecond
)

// Connect makes a client of an address, for what is no part of the store, such as
// renditions, and gives the prefix of its keys. It dials when it is used.
func Connect(address string) (client redis.UniversalClient, prefix string, err error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, "", err
	}
	quiet.Do(func() { redis.SetLogger(library{}) })
	client, err = a.connect(func(*redis.Client) {})
	return client, a.Prefix, err
}

// Connect makes the client of a store. Its calls are counted, and refused at once while a
// server is known to be away. It dials when it is used.
func (a *Address) Connect(m *Metrics) (redis.UniversalClient, error) {
	quiet.Do(func() { redis.SetLogger(library{}) })
	return a.connect(func(c *redis.Client) { c.AddHook(&breaker{metrics: m, now: time.Now}) })
}

// library takes the messages of go-redis, which has one logger for the process and
// writes to standard error. They say what errors, metrics and readiness say, too.
type library struct{}

var quiet sync.Once

// Printf implements the logger of go-redis.
func (library) Printf(context.Context, string, ...any) {}

// connect makes the client of an address, and calls hook for the client of each server.
func (a *Address) connect(hook func(*redis.Client)) (redis.UniversalClient, error) {
	config, err := a.tls()
	if err != nil {
		return nil, err
	}
	switch a.Kind {
	case Sentinel:
		c := redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: a.Primary, SentinelAddrs: a.Hosts, DB: a.Database, Username: a.Username, Password: a.Password,
			SentinelUsername: a.SentinelUsername, SentinelPassword: a.SentinelPassword, TLSConfig: config,
			MaxRetries: retries, MinRetryBackoff: leastBackoff, MaxRetryBackoff: mostBackof,
			DialTimeout: a.Timeout, DialerRetries: 1, ReadTimeout: a.Timeout, WriteTimeout: a.Timeout, PoolTimeout: a.Timeout,
			ContextTimeoutEnabled: true, PoolSize: a.Pool, MaxActiveConns: a.Pool, DisableIdentity: true,
		})
		hook(c)
		return c, nil
	case Cluster:
		c := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: a.Hosts, Username: a.Username, Password: a.Password, TLSConfig: config,
			MaxRedirects: retries + 1, MinRetryBackoff: leastBackoff, MaxRetryBackoff: mostBackof,
			DialTimeout: a.Timeout, DialerRetries: 1, ReadTimeout: a.Timeout, WriteTimeout: a.Timeout, PoolTimeout: a.Timeout,
			ContextTimeoutEnabled: true, PoolSize: a.Pool, MaxActiveConns: a.Pool, DisableIdentity: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		})
		c.OnNewNode(hook)
		return c, nil
	}
	c := redis.NewClient(&redis.Options{
		Addr: a.Hosts[0], DB: a.Database, Username: a.Username, Password: a.Password, TLSConfig: config,
		MaxRetries: retries, MinRetryBackoff: leastBackoff, MaxRetryBackoff: mostBackof,
		DialTimeout: a.Timeout, DialerRetries: 1, ReadTimeout: a.Timeout, WriteTimeout: a.Timeout, PoolTimeout: a.Timeout,
		ContextTimeoutEnabled: true, PoolSize: a.Pool, MaxActiveConns: a.Pool, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	hook(c)
	return c, nil
}

// tls is the configuration of connections, nil without TLS.
func (a *Address) tls() (*tls.Config, error) {
	if !a.TLS {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: a.ServerName}
	if a.CA != "" {
		pem, err := os.ReadFile(a.CA)
		if err != nil {
			return nil, fmt.Errorf("certificates of Redis: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("certificates of Redis: there is none in " + a.CA)
		}
	}
	if a.Cert != "" {
		pair, err := tls.LoadX509KeyPair(a.Cert, a.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate for Redis: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
