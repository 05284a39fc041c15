package blob

import (
	"bufio"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer starts a redis-server on a free port of 127.0.0.1.
func redisServer(t *testing.T) redis.UniversalClient {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("this test needs redis-server: make deps")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(path, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it was told to end
	})
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				ready <- true
			}
		}
		close(ready)
	}()
	if !<-ready {
		t.Fatal("redis-server does not start")
	}
	client := redis.NewClient(&redis.Options{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))})
	t.Cleanup(func() { client.Close() })
	return client
}

func TestRedis(t *testing.T) {
	client := redisServer(t)
	n := 0
	conform(t, func(*testing.T) Store {
		n++
		return NewRedis(client, "test"+strconv.Itoa(n)+":", time.Hour)
	})
}

// TestRedisKeysExpire: everything but the list of ids goes by itself, a touched set
// later, and a set that the server has evicted a part of is none.
func TestRedisKeysExpire(t *testing.T) {
	client := redisServer(t)
	s := NewRedis(client, "", time.Minute)
	put(t, s, id("a"), map[string]int64{"v0-00000.ts": chunkSize + 1})
	keys, err := client.Keys(t.Context(), "blob:{*").Result()
	if err != nil || len(keys) != 3 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	for _, key := range keys {
		if ttl := client.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("%s lives for %s", key, ttl)
		}
		client.Expire(t.Context(), key, 10*time.Second)
	}
	if err := s.Touch(t.Context(), id("a")); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if ttl := client.TTL(t.Context(), key).Val(); ttl <= 10*time.Second {
			t.Errorf("after Touch %s lives for %s", key, ttl)
		}
	}
	client.Del(t.Context(), s.chunk(id("a"), "v0-00000.ts", 1))
	if err := s.Touch(t.Context(), id("a")); !errors.Is(err, ErrNotFound) {
		t.Errorf("Touch of half a set: %v", err)
	}
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("half a set leaves %d keys", n)
	}
	// What has expired is no longer listed, nor remembered.
	put(t, s, id("b"), map[string]int64{"v0-00000.ts": 1})
	client.Del(t.Context(), s.meta(id("b")))
	if list, err := s.List(t.Context(), "", 10); err != nil || len(list) != 0 || client.ZCard(t.Context(), s.sets()).Val() != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
