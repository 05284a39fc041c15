package viewer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/httpapi"
)

// benchSessions are in rotation, as in the target.
const benchSessions = 10_000

// benchPlaylist is a live playlist of 13 segments.
func benchPlaylist() []byte {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:4711\n")
	for i := range 13 {
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T11:%02d:00.000Z\n#EXTINF:6.000,\nhttps://origin.example.com/live/channel/720p/segment_%05d.ts\n", i, 4711+i)
	}
	return []byte(b.String())
}

// benchService looks the session up and copies its playlist.
type benchService struct {
	*fakeService
	sessions sync.Map
}

func (s *benchService) MediaPlaylist(_ context.Context, _, session string, _ int, dst []byte) ([]byte, error) {
	body, ok := s.sessions.Load(session)
	if !ok {
		return nil, errors.New("no such session")
	}
	return append(dst, body.([]byte)...), nil
}

// benchSubjects are the plane, measured as it runs, and the handler it is
// compared with: Echo writing the same bytes from memory.
func benchSubjects(b *testing.B) (subjects map[string]http.Handler, paths []string, size int) {
	body := benchPlaylist()
	fake := &benchService{fakeService: newFakeService()}
	paths = make([]string, benchSessions)
	for i := range paths {
		id := fmt.Sprintf("e039fd39-09f0-46b2-aca9-%012d", i)
		fake.sessions.Store(id, body)
		paths[i] = manifestPrefix + ownHash + "/news/" + id + "/0.m3u8"
	}
	e := echo.New()
	e.GET("/v1/manifest/:hash/:config/:session/:n", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/vnd.apple.mpegurl", body)
	})
	plane := newPlane(b, fake, func(o *Options) {
		o.Metrics = httpapi.NewMetrics(prometheus.NewRegistry())
		o.Now = nil
	})
	return map[string]http.Handler{"echo": e, "viewer": plane}, paths, len(body)
}

// BenchmarkManifest is the hot path: in process, and over loopback with 32
// connections. The README's figure is viewer ÷ echo of one run.
func BenchmarkManifest(b *testing.B) {
	subjects, paths, size := benchSubjects(b)
	for _, name := range []string{"echo", "viewer"} {
		b.Run("inprocess/"+name, func(b *testing.B) {
			w := &discard{header: http.Header{}}
			requests := make([]*http.Request, len(paths))
			for i, path := range paths {
				requests[i] = httptest.NewRequest(http.MethodGet, path, nil)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				clear(w.header)
				subjects[name].ServeHTTP(w, requests[i%len(requests)])
			}
		})
	}
	for _, name := range []string{"echo", "viewer"} {
		b.Run("loopback32/"+name, func(b *testing.B) { benchLoopback(b, subjects[name], paths, size) })
	}
}

// benchLoopback asks over 32 connections with a client that costs little.
func benchLoopback(b *testing.B, h http.Handler, paths []string, size int) {
	const connections = 32
	server := httptest.NewServer(h)
	defer server.Close()
	var next atomic.Int64
	var wait sync.WaitGroup
	total := int64(b.N)
	b.ResetTimer()
	for range connections {
		wait.Go(func() {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 16<<10)
			out := bufio.NewWriter(conn)
			for i := next.Add(1); i <= total; i = next.Add(1) {
				_, _ = out.WriteString("GET " + paths[int(i)%len(paths)] + " HTTP/1.1\r\nHost: bench\r\n\r\n")
				if err := out.Flush(); err != nil {
					b.Error(err)
					return
				}
				if got, err := readAnswer(in); err != nil || got != size {
					b.Errorf("%d bytes, %v", got, err)
					return
				}
			}
		})
	}
	wait.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// readAnswer reads one answer and returns the length of its body.
func readAnswer(in *bufio.Reader) (int, error) {
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if first && !strings.HasPrefix(text, "HTTP/1.1 200 ") {
			return 0, errors.New(text)
		}
		if text == "" {
			break
		}
		if v, ok := strings.CutPrefix(text, "Content-Length: "); ok {
			if length, err = strconv.Atoi(v); err != nil {
				return 0, err
			}
		}
		chunked = chunked || text == "Transfer-Encoding: chunked"
	}
	if chunked {
		return readChunks(in)
	}
	return in.Discard(length)
}

func readChunks(in *bufio.Reader) (total int, err error) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return total, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return total, err
		}
		if _, err := in.Discard(int(n) + 2); err != nil || n == 0 {
			return total, err
		}
		total += int(n)
	}
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d *discard) WriteHeader(int)             {}

// TestHotPathAllocations: what a playlist costs beside the service does not
// grow, neither with its size nor by accident.
func TestHotPathAllocations(t *testing.T) {
	fake := newFakeService()
	large := make([]byte, 200<<10)
	fake.media = func(_ context.Context, _, _ string, _ int, dst []byte) ([]byte, error) {
		return append(dst, large...), nil
	}
	h := newPlane(t, fake, func(o *Options) { o.Metrics = httpapi.NewMetrics(prometheus.NewRegistry()) })
	w := &discard{header: http.Header{}}
	r := httptest.NewRequest(http.MethodGet, somePlaylist, nil)
	got := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) })
	if got > 4 {
		t.Errorf("%.0f allocations for a playlist, want at most 4", got)
	}
}
