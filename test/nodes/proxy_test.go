package nodes

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy stands between the nodes and Redis, and does to their connections what networks
// do.
type proxy struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	conns    map[*net.TCPConn]bool
	// delay is how much later answers arrive.
	delay time.Duration
	// resetting ends the resets, where there are any.
	resetting context.CancelFunc
}

// newProxy is a proxy before a server. It ends with the test.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target, conns: map[*net.TCPConn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.pass(c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.reset(0)
		all.Wait()
	})
	return p
}

// URL is the address that nodes are given.
func (p *proxy) URL() string { return "redis://" + p.listener.Addr().String() }

// slow has answers arrive later from now on.
func (p *proxy) slow(by time.Duration) { p.mu.Lock(); defer p.mu.Unlock(); p.delay = by }

func (p *proxy) late() time.Duration { p.mu.Lock(); defer p.mu.Unlock(); return p.delay }

// reset ends all connections, as a firewall does that has forgotten them, and again and
// again from now on; 0 is no more.
func (p *proxy) reset(every time.Duration) {
	if p.resetting != nil {
		p.resetting()
		p.resetting = nil
	}
	p.drop()
	if every == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.resetting = cancel
	tick := time.NewTicker(every)
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.drop()
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
	clear(p.conns)
}

func (p *proxy) pass(client *net.TCPConn) {
	defer client.Close()
	c, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		return
	}
	server := c.(*net.TCPConn)
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, client)
		delete(p.conns, server)
	}()
	var both sync.WaitGroup
	both.Go(func() { copyLate(server, client, func() time.Duration { return 0 }) })
	both.Go(func() { copyLate(client, server, p.late) })
	both.Wait()
}

// copyLate copies until either end is closed, and then closes both. What has been read is
// written later by a time that may change.
func copyLate(to, from *net.TCPConn, late func() time.Duration) {
	defer to.Close()
	defer from.Close()
	type piece struct {
		due  time.Time
		text []byte
	}
	pieces := make(chan piece, 1024)
	var writer sync.WaitGroup
	writer.Go(func() {
		for x := range pieces {
			<-time.After(time.Until(x.due))
			if _, err := to.Write(x.text); err != nil {
				_ = from.Close() // the reader ends
			}
		}
	})
	for {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			pieces <- piece{time.Now().Add(late()), buffer[:n]}
		}
		if err != nil {
			break
		}
	}
	close(pieces)
	writer.Wait()
}
