package viewer

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/httpapi"
	"stitcher/internal/stitch/service/fault"
)

const somePlaylist = manifestPrefix + ownHash + "/news/" + someSession + "/0.m3u8"

// logged is a plane option that writes the log to b.
func logged(b *bytes.Buffer, level slog.Level) func(*Options) {
	return func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level}))
	}
}

func TestErrorsAreLogged(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		wants []string
	}{
		{"refused", &fault.Error{Status: 404, Type: "NotFoundException", Public: "no such session", Err: errors.New("row gone")},
			[]string{"level=INFO", "status=404", "type=NotFoundException", "row gone", "session=" + someSession, "route=/v1/manifest/:hash/:config/:session/:n", "requestId=req-1"}},
		{"wrapped", fmt.Errorf("session 7: %w", &fault.Error{Status: 504, Type: "GatewayTimeoutException", Public: "the origin is late"}),
			[]string{"level=ERROR", "status=504", "session 7: the origin is late"}},
		{"unknown", errors.New("disk on fire"), []string{"level=ERROR", "status=500", "disk on fire", "type=InternalServiceError"}},
		{"a status that is no error", &fault.Error{Status: 200, Public: "odd"}, []string{"level=ERROR", "status=500"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			fake := newFakeService()
			fake.err = c.err
			do(t, newPlane(t, fake, logged(&log, slog.LevelInfo)), http.MethodGet, somePlaylist, "")
			for _, want := range c.wants {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %q: %s", want, &log)
				}
			}
			if n := strings.Count(log.String(), "\n"); n != 1 {
				t.Errorf("%d lines in the log, want 1", n)
			}
		})
	}
}

func TestAccessLineIsDebug(t *testing.T) {
	var log bytes.Buffer
	do(t, newPlane(t, newFakeService(), logged(&log, slog.LevelInfo)), http.MethodGet, somePlaylist, "")
	if log.Len() > 0 {
		t.Errorf("at info a good request logs %s", &log)
	}
	do(t, newPlane(t, newFakeService(), logged(&log, slog.LevelDebug)), http.MethodGet, somePlaylist+"?consent=CPsecret", "")
	if line := log.String(); !strings.Contains(line, "status=200") || !strings.Contains(line, someSession) {
		t.Errorf("access line: %s", line)
	}
	// Design §9: no full address, no consent string.
	if strings.Contains(log.String(), "192.0.2.1") || strings.Contains(log.String(), "CPsecret") {
		t.Errorf("the access line tells too much: %s", &log)
	}
}

// TestClientGone: a player that left is no error of ours.
func TestClientGone(t *testing.T) {
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	fake := newFakeService()
	fake.media = func(ctx context.Context, _, _ string, _ int, dst []byte) ([]byte, error) {
		return dst, fmt.Errorf("wait for the origin: %w", ctx.Err())
	}
	h := newPlane(t, fake, func(o *Options) {
		logged(&log, slog.LevelInfo)(o)
		o.Metrics = httpapi.NewMetrics(reg)
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, somePlaylist, nil))
	if w.Code == http.StatusOK || w.Body.Len() > 0 {
		t.Errorf("answered %d with %q", w.Code, w.Body)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
	wantCount(t, reg, `stitcher_http_requests_total{code="499",plane="viewer",route="/v1/manifest/:hash/:config/:session/:n"} 1`)

	// The same error while the player is there is ours.
	if w := do(t, h, http.MethodGet, somePlaylist, ""); w.Code == http.StatusOK {
		t.Errorf("a context cancelled inside answers %d", w.Code)
	}
}

// wantCount checks one sample of the request counter.
func wantCount(t *testing.T, reg *prometheus.Registry, sample string) {
	t.Helper()
	head := "# HELP stitcher_http_requests_total HTTP requests by plane, route pattern and status; 499 means that the client closed the connection before the response.\n" +
		"# TYPE stitcher_http_requests_total counter\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(head+sample+"\n"), "stitcher_http_requests_total"); err != nil {
		t.Error(err)
	}
}

// TestPanicIsAnswered: over a real connection, which stays usable.
func TestPanicIsAnswered(t *testing.T) {
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	fake := newFakeService()
	fake.media = func(context.Context, string, string, int, []byte) ([]byte, error) { panic("a bug") }
	server := httptest.NewServer(newPlane(t, fake, func(o *Options) {
		logged(&log, slog.LevelInfo)(o)
		o.Metrics = httpapi.NewMetrics(reg)
	}))
	defer server.Close()
	for range 2 {
		r, err := server.Client().Get(server.URL + somePlaylist)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != http.StatusInternalServerError || r.Header.Get("X-Amzn-Errortype") != "InternalServiceError" || strings.Contains(string(body), "bug") {
			t.Errorf("answered %d %v %q, %v", r.StatusCode, r.Header, body, err)
		}
	}
	server.Close() // the log is whole now
	if !strings.Contains(log.String(), "a bug") || !strings.Contains(log.String(), "serve_test.go") {
		t.Errorf("the log has no stack: %s", &log)
	}
	wantCount(t, reg, `stitcher_http_requests_total{code="500",plane="viewer",route="/v1/manifest/:hash/:config/:session/:n"} 2`)
}

// TestPanicAfterTheHeaders: the player must see a broken transfer, not a short
// one that looks whole.
func TestPanicAfterTheHeaders(t *testing.T) {
	server := httptest.NewServer(newPlane(t, newFakeService(), func(o *Options) {
		o.Ready = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
			panic("a bug")
		})
	}))
	defer server.Close()
	r, err := server.Client().Get(server.URL + "/readyz")
	if err != nil {
		return // closed before anything arrived
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err == nil {
		t.Error("the answer looks whole")
	}
}

func TestRequestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	h := newPlane(t, newFakeService(), func(o *Options) { o.Metrics = httpapi.NewMetrics(reg) })
	for _, path := range []string{"/any/path", "/another", "/v1/%2e%2e/x"} {
		do(t, h, http.MethodGet, path, "")
	}
	wantCount(t, reg, `stitcher_http_requests_total{code="404",plane="viewer",route="unmatched"} 3`)
}

func TestPreflightGrantsByName(t *testing.T) {
	h := newPlane(t, newFakeService(), nil)
	w := do(t, h, http.MethodOptions, somePlaylist, "", "Origin", "https://app.example", "Access-Control-Request-Method", "GET",
		"Access-Control-Request-Headers", "authorization,x-playback-session-id")
	if got := w.Header().Get("Access-Control-Allow-Headers"); w.Code != http.StatusNoContent || got != "authorization,x-playback-session-id" {
		t.Errorf("status %d, allowed %q", w.Code, got)
	}
	w = do(t, h, http.MethodOptions, somePlaylist, "", "Access-Control-Request-Headers", strings.Repeat("x", 2000))
	if got := w.Header().Get("Access-Control-Allow-Headers"); got != "*" {
		t.Errorf("a huge request is echoed: %d bytes", len(got))
	}
}

// gzipService is a service that compresses.
type gzipService struct{ *fakeService }

func (g gzipService) MediaPlaylistGzip(ctx context.Context, configuration, session string, n int, dst []byte) ([]byte, error) {
	plain, err := g.MediaPlaylist(ctx, configuration, session, n, nil)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(dst)
	z := gzip.NewWriter(b)
	_, err = z.Write(plain)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func TestGzipIsTheService(t *testing.T) {
	plain := do(t, newPlane(t, newFakeService(), nil), http.MethodGet, somePlaylist, "", "Accept-Encoding", "gzip")
	if plain.Header().Get("Content-Encoding") != "" || plain.Header().Get("Vary") != "" {
		t.Errorf("a service that can't compress: %v", plain.Header())
	}
	fake := newFakeService()
	h := newPlane(t, gzipService{fake}, nil)
	for accept, want := range map[string]bool{"": false, "br": false, "gzip": true, "deflate, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "br;q=1, gzip;q=1.0": true, "x-gzip": false} {
		w := do(t, h, http.MethodGet, somePlaylist, "", "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: compressed %t, want %t", accept, got, want)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", accept, w.Header().Get("Vary"))
		}
		body := io.Reader(w.Body)
		if want {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != plain.Body.String() {
			t.Errorf("Accept-Encoding %q: %q, %v", accept, got, err)
		}
	}
	get := do(t, h, http.MethodGet, somePlaylist, "", "Accept-Encoding", "gzip")
	head := do(t, h, http.MethodHead, somePlaylist, "", "Accept-Encoding", "gzip")
	if head.Code != http.StatusOK || head.Body.Len() > 0 {
		t.Errorf("HEAD is %d with %d bytes", head.Code, head.Body.Len())
	}
	for _, name := range []string{"Content-Encoding", "Content-Length", "Content-Type", "Vary"} {
		if got, want := head.Header().Get(name), get.Header().Get(name); got != want || want == "" {
			t.Errorf("%s is %q for HEAD, %q for GET", name, got, want)
		}
	}
	fake.err = &fault.Error{Status: 404, Type: "NotFoundException", Public: "no such session"}
	if w := do(t, h, http.MethodGet, somePlaylist, "", "Accept-Encoding", "gzip"); w.Code != 404 || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("an error is %d, %v", w.Code, w.Header())
	}
}

// TestBuffersAreNotShared: an answer that is still being read must not change
// when the buffer is used again.
func TestBuffersAreNotShared(t *testing.T) {
	fake := newFakeService()
	fake.media = func(_ context.Context, _, session string, _ int, dst []byte) ([]byte, error) {
		return append(dst, strings.Repeat(session, 2000)...), nil
	}
	server := httptest.NewServer(newPlane(t, fake, nil))
	defer server.Close()
	done := make(chan error)
	for i := range 8 {
		go func() {
			session := strings.Repeat(string(rune('a'+i)), 36)
			for range 50 {
				r, err := server.Client().Get(server.URL + manifestPrefix + ownHash + "/news/" + session + "/0.m3u8")
				if err != nil {
					done <- err
					return
				}
				body, err := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if err != nil || string(body) != strings.Repeat(session, 2000) {
					done <- fmt.Errorf("session %c got another's bytes (%w)", session[0], err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
