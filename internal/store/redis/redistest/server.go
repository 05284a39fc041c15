// Package redistest starts redis-servers for tests, each on a port of its own.
package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a redis-server that a test has started. It ends with the test.
type Server struct {
	// Addr is its host:port, Port the port.
	Addr string
	Port int
	// Dir is its directory: what it stores is there.
	Dir string

	t    testing.TB
	args []string
	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	said *bytes.Buffer
}

// patience is how long a server may take to start, and a group of servers to agree.
const patience = 30 * time.Second

// Need skips a test where redis-server is not installed: make deps installs it.
func Need(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed; run make deps")
	}
}

// Start starts a server with arguments, such as "--appendonly", "yes".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	Need(t)
	return startIn(t, t.TempDir(), args...)
}

func startIn(t testing.TB, dir string, args ...string) *Server {
	t.Helper()
	port := freePort(t)
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Port: port, Dir: dir, t: t}
	s.args = append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
	}, args...)
	t.Cleanup(s.stop)
	s.Restart()
	return s
}

// Restart starts the server again, over the same data, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	s.run(exec.Command("redis-server", s.args...)) //nolint:gosec,noctx // it ends with the test; the arguments are the test's own
	s.await(s.Addr)
}

func (s *Server) run(cmd *exec.Cmd) {
	s.t.Helper()
	said := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = said, said
	Guard(cmd)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd, s.done, s.said = cmd, done, said
}

// await waits until the server answers at an address. One with a password answers
// that it needs one.
func (s *Server) await(addr string) {
	s.t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer c.Close()
	s.Until("the server answers", func(ctx context.Context) error {
		select {
		case <-s.done:
			return fmt.Errorf("redis-server has ended: %s", s.said)
		default:
		}
		err := c.Ping(ctx).Err()
		var reply redis.Error
		if errors.As(err, &reply) && !redis.HasErrorPrefix(err, "LOADING") {
			return nil
		}
		return err
	})
}

// Until waits until a condition holds, and fails the test if it does not in time.
func (s *Server) Until(what string, holds func(context.Context) error) {
	s.t.Helper()
	Until(s.t, what, holds)
}

// Until waits until a condition holds, and fails the test if it does not in time.
func Until(t testing.TB, what string, holds func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := holds(ctx)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	s.signal(syscall.SIGKILL)
	<-s.done
}

// Pause stops the server's process, as a machine does that swaps or is cut off: it
// accepts connections, and answers nothing.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(x syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Signal(x)
}

// stop ends the server with the test.
func (s *Server) stop() {
	if s.cmd == nil {
		return
	}
	s.signal(syscall.SIGKILL)
	<-s.done
	if s.t.Failed() && s.said.Len() > 0 {
		s.t.Logf("%s said: %s", s.Addr, s.said)
	}
}

// Client is a client of the server, for the test's own questions.
func (s *Server) Client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: s.Addr})
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// URL is the address of the server.
func (s *Server) URL() string { return "redis://" + s.Addr }

// FreePort is a port on which no program listens.
func FreePort(t testing.TB) string { return strconv.Itoa(freePort(t)) }

// freePort is a port on which no program listens, nor on the port of the cluster's bus that belongs to it.
func freePort(t testing.TB) int {
	t.Helper()
	for {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if port < 55_000 {
			return port
		}
	}
}
