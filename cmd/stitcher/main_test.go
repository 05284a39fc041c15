package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestServe starts the service as an operator does, asks both planes, and ends
// it with a signal's cancellation.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	logs, w := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{
			"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--drain", "0s", "--transcode-workers", "0",
		}, environment(), io.Discard, w)
		w.Close()
	}()
	var line struct{ Msg, Viewer, Admin string }
	scan := bufio.NewScanner(logs)
	for line.Msg != "serving" {
		if !scan.Scan() {
			t.Fatal("the service ended before it served")
		}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("log line %q: %v", scan.Text(), err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, logs) }()
	for _, url := range []string{
		"http://" + line.Viewer + "/healthz", "http://" + line.Viewer + "/readyz",
		"http://" + line.Admin + "/healthz", "http://" + line.Admin + "/readyz",
		"http://" + line.Admin + "/metrics", "http://" + line.Admin + "/openapi.yaml",
		"http://" + line.Admin + "/playbackConfigurations",
	} {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", url, r.StatusCode)
		}
	}
	cancel()
	if s := <-status; s != 0 {
		t.Errorf("exit status %d", s)
	}
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		out    string
	}{
		{nil, 2, "Usage:"},
		{[]string{"help"}, 0, "Usage:"},
		{[]string{"version"}, 0, "stitcher "},
		{[]string{"dance"}, 2, `no command "dance"`},
		{[]string{"serve", "-h"}, 0, "-admin-listen"},
		{[]string{"serve", "--listen", "nowhere", "--data-dir", t.TempDir()}, 1, "listen"},
	} {
		var out bytes.Buffer
		if got := run(t.Context(), c.args, environment(), &out, &out); got != c.status || !strings.Contains(out.String(), c.out) {
			t.Errorf("%v: status %d, want %d; said %q", c.args, got, c.status, out.String())
		}
	}
}
