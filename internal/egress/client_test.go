package egress

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"stitcher/internal/faultrt"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func zip(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

// TestLimit: a body may have MaxBytes decoded bytes and not one more.
func TestLimit(t *testing.T) {
	const limit = 1000
	for _, kind := range []string{"length", "chunked", "gzip"} {
		for _, size := range []int{0, 1, limit - 1, limit, limit + 1, 50 << 20} {
			t.Run(fmt.Sprint(kind, size), func(t *testing.T) {
				body := bytes.Repeat([]byte("x"), size)
				url := serve(t, func(w http.ResponseWriter, r *http.Request) {
					switch kind {
					case "gzip":
						w.Header().Set("Content-Encoding", "GZIP")
						_, _ = w.Write(zip(body))
						return
					case "chunked":
						w.(http.Flusher).Flush()
					}
					_, _ = w.Write(body)
				})
				c := New(Options{Allow: loopback})
				a, err := c.Do(t.Context(), Request{URL: url, MaxBytes: limit})
				var w bytes.Buffer
				downloaded := c.Download(t.Context(), url, limit, &w)
				if size > limit {
					if !errors.Is(err, ErrTooLarge) || !errors.Is(downloaded, ErrTooLarge) {
						t.Errorf("%v, %v", err, downloaded)
					}
					return
				}
				if err != nil || downloaded != nil || len(a.Body) != size || w.Len() != size || a.Header.Get("Content-Encoding") != "" {
					t.Errorf("%v, %v, %d bytes", err, downloaded, w.Len())
				}
			})
		}
	}
}

// TestGzipFaults: what is compressed can be hostile in its own ways.
func TestGzipFaults(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   []byte
		want   error
	}{
		"no content":             {status: 204},
		"empty":                  {status: 200},
		"truncated":              {200, zip(bytes.Repeat([]byte("abc"), 999))[:20], io.ErrUnexpectedEOF},
		"no gzip":                {200, []byte("<VAST version=\"3.0\"/>"), gzip.ErrHeader},
		"members without an end": {200, bytes.Repeat(zip(nil), 20_000), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(c.status)
				_, _ = w.Write(c.body)
			})
			_, err := New(Options{Allow: loopback}).Do(t.Context(), Request{URL: url, MaxBytes: 5000})
			if !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			if body, ok := errors.AsType[*BodyError](err); c.want != nil && (!ok || body.Status != 200) {
				t.Errorf("the status is lost: %v", err)
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 9000)) })
	c := New(Options{Transport: faultrt.New(network(guard{loopback}, nil), faultrt.Always(faultrt.Truncate(100)))})
	if _, err := c.Do(t.Context(), Request{URL: url, MaxBytes: 1 << 20}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

// TestTimeouts: whatever is slow, the caller sees context.DeadlineExceeded.
func TestTimeouts(t *testing.T) {
	for name, rule := range map[string]faultrt.Rule{
		"no answer":  faultrt.Always(faultrt.Hang),
		"slow":       faultrt.Always(faultrt.Delay(time.Minute)),
		"slow body":  faultrt.Always(slowBody),
		"the kernel": faultrt.Always(kernelTimeout),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(Options{Transport: faultrt.New(nil, rule)})
				begun := time.Now()
				_, err := c.Do(t.Context(), Request{URL: "http://h/", MaxBytes: 10, Timeout: time.Second})
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > time.Second {
					t.Errorf("%v after %s", err, time.Since(begun))
				}
				if n := len(c.http.Transport.(*hosts).slots); n != 0 {
					t.Errorf("%d hosts are not forgotten", n)
				}
			})
		})
	}
}

func slowBody(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(blocked{r.Context()}), Request: r}, nil
}

type blocked struct{ ctx context.Context }

func (b blocked) Read([]byte) (int, error) { <-b.ctx.Done(); return 0, b.ctx.Err() }

func kernelTimeout(*http.Request, http.RoundTripper) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{IsTimeout: true}}
}

func TestURLs(t *testing.T) {
	c := New(Options{Allow: loopback})
	for _, url := range []string{"about:blank", "file:///etc/passwd", "gopher://h/", "http://", "http://:80/", "http://u:p@h/", "//h/", "::", "data:,x"} {
		if _, err := c.Do(t.Context(), Request{URL: url}); !errors.Is(err, ErrURL) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	var header http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/n/%d", &n); err == nil {
			if n > 0 {
				http.Redirect(w, r, fmt.Sprintf("/n/%d", n-1), http.StatusFound)
			}
			return
		}
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	})
	c := New(Options{Allow: loopback, UserAgent: "Stitcher/1"})
	do := func(path string) error {
		_, err := c.Do(t.Context(), Request{URL: url + path, Header: http.Header{"x-device-ip": {"192.0.2.1"}}, MaxBytes: 1 << 20})
		return err
	}
	if err := do("/n/10"); err != nil {
		t.Errorf("ten redirects: %v", err)
	}
	for _, k := range []string{"Cookie", "Referer"} {
		if v := header.Get(k); v != "" {
			t.Errorf("%s is sent: %q", k, v)
		}
	}
	if header.Get("X-Device-Ip") != "192.0.2.1" || header.Get("User-Agent") != "Stitcher/1" {
		t.Errorf("headers are lost: %v", header)
	}
	if err := do("/n/11"); !errors.Is(err, ErrURL) { // not the network's fault: nobody need ask again
		t.Errorf("eleven redirects: %v", err)
	}
	for to, want := range map[string]error{
		"http://127.0.0.2:1/": ErrBlocked, "http://169.254.169.254/latest/meta-data": ErrBlocked, "http://[::1]:1/": ErrBlocked,
		"file:///etc/passwd": ErrURL, "http://u:p@127.0.0.1/": ErrURL, "gopher://h/": ErrURL, "http://[::": ErrURL,
	} {
		if err := do("/?to=" + to); !errors.Is(err, want) {
			t.Errorf("to %s: %v", to, err)
		}
	}
}

// TestRebinding: a name that first has an address that may be asked and then
// one that may not gains nothing, because what is checked is what is dialled.
func TestRebinding(t *testing.T) {
	var asked atomic.Int64
	names := nameserver(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{127, 0, 0, 1}
		}
		return [4]byte{127, 0, 0, 2}
	})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	inner, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	var reached atomic.Bool
	go func() {
		if conn, err := inner.Accept(); err == nil {
			reached.Store(true)
			_ = conn.Close()
		}
	}()
	c := New(Options{Transport: network(guard{loopback}, names)})
	r := Request{URL: "http://rebind.example:" + port + "/", MaxBytes: 10}
	if _, err := c.Do(t.Context(), r); err != nil {
		t.Fatalf("the first address: %v", err)
	}
	if _, err := c.Do(t.Context(), r); !errors.Is(err, ErrBlocked) {
		t.Errorf("the second address: %v", err)
	}
	if reached.Load() {
		t.Error("the second address was reached")
	}
}

// nameserver is a resolver that asks a name server of ours.
func nameserver(t *testing.T, address func() [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, peer, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: address()},
				}}
			}
			if b, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(b, peer)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestNoProxy(t *testing.T) {
	for _, k := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(k, "http://127.0.0.1:1")
	}
	if network(guard{}, nil).Proxy != nil {
		t.Error("the environment names a proxy")
	}
	if New(Options{}).http.Jar != nil {
		t.Error("cookies are kept")
	}
}

// TestPerHost: no more than the limit to one host at once, others unhindered,
// waiting ends with the context, and nothing is left over.
func TestPerHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int64
		next := roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.EqualFold(r.URL.Host, "crowded") {
				most.Store(max(most.Load(), busy.Add(1)))
				defer busy.Add(-1)
				time.Sleep(time.Second)
			}
			return faultrt.Status(200)(r, nil)
		})
		c := New(Options{Transport: next, PerHost: 3})
		var late atomic.Int64
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				host := []string{"crowded", "CROWDED"}[i%2]
				if _, err := c.Do(t.Context(), Request{URL: "http://" + host + "/", Timeout: 2500 * time.Millisecond}); errors.Is(err, context.DeadlineExceeded) {
					late.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		begun := time.Now()
		if _, err := c.Do(t.Context(), Request{URL: "http://free/"}); err != nil || time.Since(begun) != 0 {
			t.Errorf("another host: %v after %s", err, time.Since(begun))
		}
		wg.Wait()
		if most.Load() != 3 || late.Load() == 0 {
			t.Errorf("%d at once, %d too late", most.Load(), late.Load())
		}
		if n := len(c.http.Transport.(*hosts).slots); n != 0 {
			t.Errorf("%d hosts are not forgotten", n)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestConcurrent(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) })
	c := New(Options{Allow: loopback, PerHost: 8})
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			want := fmt.Sprint("/", i)
			if a, err := c.Do(t.Context(), Request{URL: url + want, MaxBytes: 100}); err != nil || string(a.Body) != want {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}
