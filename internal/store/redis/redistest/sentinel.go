package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// PrimaryName is the name that the Sentinels of StartSentinel know the primary by.
const PrimaryName = "stitcher-test"

// Sentinel is a primary with a replica, and Sentinels that watch them.
type Sentinel struct {
	Primary, Replica *Server
	Sentinels        []*Server
}

// StartSentinel starts a primary with a replica and three Sentinels. Sentinels need
// the password, if it is not empty.
func StartSentinel(t testing.TB, password string) *Sentinel {
	t.Helper()
	Need(t)
	x := &Sentinel{Primary: Start(t, "--repl-diskless-sync-delay", "0")}
	x.Replica = Start(t, "--replicaof", "127.0.0.1 "+strconv.Itoa(x.Primary.Port), "--repl-diskless-sync-delay", "0")
	r := x.Replica.Client()
	Until(t, "the replica follows", func(ctx context.Context) error {
		info, err := r.Info(ctx, "replication").Result()
		if err == nil && !strings.Contains(info, "master_link_status:up") {
			err = errors.New(info)
		}
		return err
	})
	for range 3 {
		x.Sentinels = append(x.Sentinels, startSentinel(t, x.Primary.Port, password))
	}
	for _, s := range x.Sentinels {
		c := redis.NewSentinelClient(&redis.Options{Addr: s.Addr, Password: password})
		t.Cleanup(func() { _ = c.Close() })
		Until(t, "the Sentinels know the replica and one another", func(ctx context.Context) error {
			m, err := c.Master(ctx, PrimaryName).Result()
			if err == nil && (m["num-slaves"] != "1" || m["num-other-sentinels"] != "2") {
				err = fmt.Errorf("%v", m)
			}
			return err
		})
	}
	return x
}

func startSentinel(t testing.TB, primary int, password string) *Server {
	t.Helper()
	port, dir := freePort(t), t.TempDir()
	config := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %d 2\nsentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 5000\n",
		port, dir, PrimaryName, primary, PrimaryName, PrimaryName)
	if password != "" {
		config += "requirepass " + password + "\n"
	}
	file := filepath.Join(dir, "sentinel.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Port: port, Dir: dir, t: t}
	t.Cleanup(s.stop)
	s.run(exec.Command("redis-server", file, "--sentinel")) //nolint:gosec,noctx // it ends with the test; the file is the test's own
	s.await(s.Addr)
	return s
}

// URL is the address of the primary, by way of the Sentinels.
func (x *Sentinel) URL() string {
	var hosts []string
	for _, s := range x.Sentinels {
		hosts = append(hosts, s.Addr)
	}
	return "redis+sentinel://" + strings.Join(hosts, ",") + "/" + PrimaryName
}
