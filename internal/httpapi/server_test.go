package httpapi

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServerHasEveryLimit(t *testing.T) {
	var log bytes.Buffer
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	s := NewServer("127.0.0.1:0", http.NotFoundHandler(), conf, slog.New(slog.NewTextHandler(&log, nil)))
	for name, d := range map[string]int64{
		"ReadHeaderTimeout": int64(s.ReadHeaderTimeout), "ReadTimeout": int64(s.ReadTimeout), "WriteTimeout": int64(s.WriteTimeout),
		"IdleTimeout": int64(s.IdleTimeout), "MaxHeaderBytes": int64(s.MaxHeaderBytes),
	} {
		if d <= 0 {
			t.Errorf("%s is not set", name)
		}
	}
	if s.Addr != "127.0.0.1:0" || s.TLSConfig != conf || s.Handler == nil {
		t.Errorf("server %+v", s)
	}
	s.ErrorLog.Print("http: TLS handshake error")
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "handshake") {
		t.Errorf("the server's complaint is logged as %s", &log)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	ours := NewServer("", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), nil, slog.New(slog.DiscardHandler))
	server.Config = ours
	server.Start()
	defer server.Close()
	for size, want := range map[int]int{30 << 10: http.StatusNoContent, 80 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := server.Client().Get(server.URL + "/?ads.a=" + strings.Repeat("x", size))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%d bytes of query: status %d, want %d", size, r.StatusCode, want)
		}
	}
}
