package bench

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	connections = 32
	rotation    = 10_000
	// rounds is how often the two are measured in turn: what disturbs the
	// machine disturbs both.
	rounds = 10
)

// contender is one of those that a benchmark has answer in turn.
type contender struct {
	address string
	// header is what its requests have more, lines with their ends.
	header string
	// size is the length of its answers; about that of compressed ones.
	size int
	// status is that of its answers; 0 is 200.
	status int
	// took is how long the answers took, used the processor time, clients included.
	took, used time.Duration
}

// BenchmarkPlaylist asks for a personalised 13-segment live playlist in the
// middle of an avail, over HTTP, 10,000 sessions in rotation, plain and
// compressed, and in turn has an Echo handler write as many bytes from memory.
// "ratio" is our requests per second in the reference's, "gzip-ratio" those of
// compressed answers in those of plain ones.
func BenchmarkPlaylist(b *testing.B) {
	h := newHouse(b)
	paths := h.start(b, rotation)
	w := httptest.NewRecorder()
	h.viewer.ServeHTTP(w, httptest.NewRequest(http.MethodGet, paths[0], nil))
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "/segment/") == 0 {
		b.Fatalf("status %d, %s", w.Code, w.Body)
	}
	compare(b, h.viewer, paths, "application/vnd.apple.mpegurl")
}

// compare asks a viewer plane for manifests of one size, plain and compressed, and in turn
// has an Echo handler write as many bytes from memory. "cpu-ratio" is the Echo handler's
// processor time in ours, clients included: others on the machine disturb it less. The
// Echo handler writes the body alone; "answer-cpu-ratio" is that of one which writes the
// same answer, headers included.
func compare(b *testing.B, viewer http.Handler, paths []string, media string) {
	w := httptest.NewRecorder()
	viewer.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://bench"+paths[0], nil))
	body := w.Body.Bytes()
	packed := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://bench"+paths[0], nil)
	r.Header.Set("Accept-Encoding", "gzip")
	viewer.ServeHTTP(packed, r)
	if packed.Header().Get("Content-Encoding") != "gzip" {
		b.Fatal("the answer is not compressed")
	}
	reference := echo.New()
	reference.GET("/*", func(c echo.Context) error {
		return c.Blob(http.StatusOK, media, body)
	})
	same := echo.New()
	same.GET("/*", func(c echo.Context) error {
		maps.Copy(c.Response().Header(), w.Header())
		return c.Blob(http.StatusOK, media, body)
	})
	ours, theirs, alike := httptest.NewServer(viewer), httptest.NewServer(reference), httptest.NewServer(same)
	defer ours.Close()
	defer theirs.Close()
	defer alike.Close()
	const plain, compressed, echoed, answered = 0, 1, 2, 3
	all := []*contender{
		plain:      {address: ours.Listener.Addr().String(), size: len(body)},
		compressed: {address: ours.Listener.Addr().String(), header: "Accept-Encoding: gzip\r\n", size: packed.Body.Len()},
		echoed:     {address: theirs.Listener.Addr().String(), size: len(body)},
		answered:   {address: alike.Listener.Addr().String(), size: len(body)},
	}
	asked := 0
	b.ResetTimer()
	for round := range rounds + 1 {
		n := max(b.N/rounds, connections)
		for k := range all {
			c := all[(round+k)%len(all)] // who goes first takes turns
			start, used := time.Now(), cpu()
			load(b, c, paths, n)
			if round > 0 { // the first warms all up
				c.took += time.Since(start)
				c.used += cpu() - used
			}
		}
		if round > 0 {
			asked += n
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(asked)/all[plain].took.Seconds(), "req/s")
	b.ReportMetric(float64(asked)/all[echoed].took.Seconds(), "echo-req/s")
	b.ReportMetric(all[echoed].took.Seconds()/all[plain].took.Seconds(), "ratio")
	if all[plain].used > 0 {
		b.ReportMetric(all[echoed].used.Seconds()/all[plain].used.Seconds(), "cpu-ratio")
		b.ReportMetric(all[answered].used.Seconds()/all[plain].used.Seconds(), "answer-cpu-ratio")
	}
	b.ReportMetric(all[plain].took.Seconds()/all[compressed].took.Seconds(), "gzip-ratio")
	b.ReportMetric(float64(len(body)), "B/playlist")
	b.ReportMetric(float64(packed.Body.Len()), "B/compressed")
}

// load sends n requests over the connections and reads the answers.
func load(b *testing.B, c *contender, paths []string, n int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", c.address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 16<<10)
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if _, err := io.WriteString(conn, "GET "+paths[int(i)%len(paths)]+" HTTP/1.1\r\nHost: bench\r\n"+c.header+"\r\n"); err != nil {
					b.Error(err)
					return
				}
				if err := answer(in, c); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// answer reads one answer. All are equally long, for sequence numbers and session
// ids are; compressed they are nearly so.
func answer(in *bufio.Reader, c *contender) error {
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return err
	}
	slack := 0
	if c.header != "" {
		slack = 64
	}
	if off := int(n) - c.size; r.StatusCode != cmp.Or(c.status, http.StatusOK) || off > slack || off < -slack {
		return errors.New("an answer is not what it should be: " + r.Status)
	}
	return nil
}

// BenchmarkIdleSession measures what a live session keeps in memory that has
// been answered in the middle of an avail and asks nothing: "B/session".
func BenchmarkIdleSession(b *testing.B) {
	const sessions = 100_000
	h := newHouse(b)
	h.start(b, 1)
	before := heap()
	paths := h.start(b, sessions)
	after := heap()
	var own int64 // what the measurement keeps
	for _, p := range paths {
		own += int64(len(p)) + 16
	}
	b.ReportMetric(float64(after-before-own)/sessions, "B/session")
	runtime.KeepAlive(h)
	runtime.KeepAlive(paths)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
