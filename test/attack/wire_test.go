package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// dial opens a connection that ends with the test.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSmuggling: two readings of where a request ends. Whatever is answered, the
// request hidden in the body is not.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	p := serve(t)
	hidden := "GET /hidden-" + secret + " HTTP/1.1\r\nHost: x\r\n\r\n"
	length := fmt.Sprint(len(hidden))
	for name, head := range map[string]string{
		"both lengths":             "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n",
		"two lengths":              "Content-Length: 0\r\nContent-Length: " + length + "\r\n",
		"list of lengths":          "Content-Length: 0, " + length + "\r\n",
		"length with a sign":       "Content-Length: +" + length + "\r\n",
		"negative length":          "Content-Length: -1\r\n",
		"space before the colon":   "Content-Length : " + length + "\r\n",
		"chunked twice":            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"chunked, oddly":           "Transfer-Encoding: xchunked\r\n",
		"chunked, with a tab":      "Transfer-Encoding:\tchunked\r\nContent-Length: " + length + "\r\n",
		"chunked, with a null":     "Transfer-Encoding: chunked\x00\r\n",
		"bare line feeds":          "X: y\nContent-Length: " + length + "\n",
		"carriage return in value": "X: y\rContent-Length: " + length + "\r\n",
		"no host twice":            "Host: a\r\nHost: b\r\n",
		"upgrade":                  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: " + length + "\r\n",
	} {
		for _, address := range []string{p.viewer, p.admin} {
			c := dial(t, address)
			body := hidden
			if strings.Contains(head, "chunked") {
				body = "0\r\n\r\n" + hidden
			}
			if _, err := fmt.Fprintf(c, "POST /healthz HTTP/1.1\r\nHost: %s\r\n%s\r\n%s", address, head, body); err != nil {
				continue // it has closed the connection already
			}
			_ = c.(*net.TCPConn).CloseWrite() // a failure shows in what is read
			answers, err := io.ReadAll(c)
			if n := strings.Count(string(answers), "HTTP/1.1 "); n > 1 && strings.Contains(string(answers), " 404 ") {
				t.Errorf("%s at %s: the hidden request is answered: %q, %v", name, address, answers, err)
			}
		}
	}
}

// TestSlowHeads: clients that never finish their headers hold nobody up, and are
// cut off.
func TestSlowHeads(t *testing.T) {
	t.Parallel()
	p := serve(t)
	var slow []net.Conn
	for range 300 {
		c := dial(t, p.viewer)
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	for range 20 {
		if a := do(t, http.MethodGet, "http://"+p.viewer+"/healthz", ""); a.status != http.StatusOK {
			t.Errorf("with 300 slow clients: %d", a.status)
		}
	}
	for _, c := range slow {
		if _, err := io.ReadAll(c); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatal("a client that never finishes its headers keeps its connection")
		}
	}
}

// TestSlowBodies: the same for bodies, and for clients that do not read.
func TestSlowBodies(t *testing.T) {
	if !*long {
		t.Skip("the limits are 15 seconds and two minutes: -attack.long waits for them")
	}
	t.Parallel()
	p := serve(t)
	c := dial(t, p.viewer)
	if _, err := io.WriteString(c, "POST /v1/session/0/x/index.m3u8 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("a client that never finishes its body keeps its connection")
	}
}

// TestHugeRequests: heads and bodies past the limits are refused, and cost no
// memory.
func TestHugeRequests(t *testing.T) {
	t.Parallel()
	p := serve(t)
	before := p.resident(t)
	big := strings.Repeat("x", 32<<20)
	for _, c := range []struct {
		name, method, url string
		status            []int
	}{
		{"session body", http.MethodPost, "http://" + p.viewer + "/v1/session/0/x/index.m3u8", []int{413, 400}},
		{"control body", http.MethodPut, "http://" + p.admin + "/playbackConfiguration", []int{413}},
		{"prefetch body", http.MethodPost, "http://" + p.admin + "/prefetchSchedule/x/y", []int{413}},
	} {
		a, err := try(t, c.method, c.url, big)
		if err != nil {
			continue // it was cut off while it was sent
		}
		if !slices.Contains(c.status, a.status) {
			t.Errorf("%s of 32 MB: %d", c.name, a.status)
		}
	}
	for name, head := range map[string]string{
		"one header":    "X: " + strings.Repeat("x", 1<<20) + "\r\n",
		"many headers":  strings.Repeat("X: y\r\n", 1<<17),
		"endless line":  strings.Repeat("x", 4<<20),
		"endless query": "",
	} {
		line := "GET /healthz HTTP/1.1\r\n"
		if head == "" {
			line = "GET /healthz?" + strings.Repeat("a=b&", 1<<18) + " HTTP/1.1\r\n"
		}
		c := dial(t, p.viewer)
		go func() { _, _ = io.WriteString(c, line+"Host: x\r\n"+head+"\r\n") }() // it is cut off meanwhile
		status, err := bufio.NewReader(c).ReadString('\n')
		if err == nil && !strings.Contains(status, " 431 ") && !strings.Contains(status, " 400 ") {
			t.Errorf("%s: %q", name, status)
		}
	}
	params := strings.Repeat("ads.x=y&", 5000)
	if a := do(t, http.MethodGet, "http://"+p.viewer+"/v1/master/0/none/index.m3u8?"+params, ""); a.status < 400 {
		t.Errorf("5,000 parameters: %d", a.status)
	}
	if grown := p.resident(t) - before; grown > 150e6 {
		t.Errorf("%.0f MB more are resident", grown/1e6)
	}
}

// raw asks for a target as it is written, and gives the whole answer.
func raw(t *testing.T, address, target string) string {
	t.Helper()
	c := dial(t, address)
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, address); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}
