package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/store/sqlite"
)

// startService runs serve on a data directory until the test ends, with signed requests,
// and returns the address of its admin plane.
func startService(t *testing.T, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	logs, w := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{
			"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dir, "--drain", "0s",
			"--transcode-workers", "0", "--access-key", "AKID", "--secret-key", "secret",
		}, environment(), io.Discard, w)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if s := <-status; s != 0 {
			t.Errorf("serve: exit status %d", s)
		}
	})
	var line struct{ Msg, Admin string }
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
	return line.Admin
}

// TestImportAndCheck imports the answer of list-playback-configurations into a running
// service, and checks that service, and the directory after it has ended.
func TestImportAndCheck(t *testing.T) {
	origin := httptest.NewServer(http.NotFoundHandler())
	defer origin.Close()
	adServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "/" {
			t.Errorf("the ad server is asked for %s: a check must not request ads", r.URL)
		}
	}))
	defer adServer.Close()
	file := filepath.Join(t.TempDir(), "list.json")
	list := fmt.Sprintf(`{"Items": [{"Name": "channel-1", "VideoContentSourceUrl": %q, "AdDecisionServerUrl": %q, "Tags": {"a": "b"}, "LogConfiguration": {"PercentEnabled": 7}}]}`,
		origin.URL+"/live", adServer.URL+"/vast?session=[session.id]")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Run("running", func(t *testing.T) {
		admin := startService(t, dir)
		keys := []string{"--access-key", "AKID", "--secret-key", "secret"}
		wantRun(t, 1, "HTTP 403", "import", "--admin-url", "http://"+admin, file)
		wantRun(t, 0, "valid channel-1", append([]string{"import", "--admin-url", "http://" + admin, "--dry-run"}, file)...)
		wantRun(t, 0, "imported channel-1", append(append([]string{"import", "--admin-url", "http://" + admin}, keys...), file)...)
		settings := append([]string{"check", "--data-dir", dir, "--admin-listen", admin, "--transcode-workers", "0"}, keys...)
		wantRun(t, 0, "origin of channel-1: "+origin.URL+" answers 404", append(settings, "--egress-allow", "127.0.0.1")...)
		wantRun(t, 1, "FAIL  ad server of channel-1: "+adServer.URL, settings...)
	})
	settings := []string{"check", "--data-dir", dir, "--transcode-workers", "0"}
	wantRun(t, 0, "ok    store: it answers", append(settings, "--egress-allow", "127.0.0.1")...)
	wantRun(t, 1, "the address is not public: 127.0.0.1", settings...)
	origin.Close()
	wantRun(t, 1, "FAIL  origin of channel-1: "+origin.URL, append(settings, "--egress-allow", "127.0.0.1")...)
	wantRun(t, 1, "FAIL  renditions: open the renditions", "check", "--data-dir", dir, "--transcode-workers", "0", "--renditions", "s3://b/p?endpoint=http://127.0.0.1:1&region=r")
}

// wantRun runs a command and wants a status and a text in what it writes.
func wantRun(t *testing.T, status int, want string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	if got := run(t.Context(), args, environment(), &out, &out); got != status || !strings.Contains(out.String(), want) {
		t.Errorf("%v: status %d, want %d and %q; said\n%s", args, got, status, want, out.String())
	}
}

func TestImportRefused(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"Items":[{"Name":"a","VideoContentSourceUrl":"ftp://x"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRun(t, 2, "Items[0]: ", "import", bad)
	wantRun(t, 2, "no such file", "import", bad+".missing")
	wantRun(t, 2, "Usage: stitcher import", "import")
	wantRun(t, 2, "--admin-url", "import", "--admin-url", "127.0.0.1:8081", valid(t))
	// A port that nothing listens on.
	wantRun(t, 1, "channel-1: ", "import", "--admin-url", "http://127.0.0.1:1", valid(t))
}

// valid is a file with one configuration.
func valid(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "get.json")
	if err := os.WriteFile(file, []byte(`{"Name":"channel-1","VideoContentSourceUrl":"https://o.example/","AdDecisionServerUrl":"https://a.example/"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestCheckChangesNothing: a check before an upgrade must leave the way back open, and one
// by another user must leave no files of that user.
func TestCheckChangesNothing(t *testing.T) {
	args := func(dir string) []string { return []string{"check", "--data-dir", dir, "--transcode-workers", "0"} }
	missing := filepath.Join(t.TempDir(), "not", "yet")
	wantRun(t, 0, "does not exist yet", args(missing)...)
	if _, err := os.Stat(filepath.Dir(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data directory: %v", err)
	}
	empty := t.TempDir()
	wantRun(t, 0, "ok    store: serve makes it", args(empty)...)
	if list, err := os.ReadDir(empty); err != nil || len(list) > 0 {
		t.Errorf("an empty data directory has %v, error %v", list, err)
	}

	old := t.TempDir()
	st, err := sqlite.Open(old, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(old, "stitcher.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantRun(t, 0, "not opened, because serve would migrate its schema from 1", args(old)...)
	if version, _, err := sqlite.Schema(old); err != nil || version != 1 {
		t.Errorf("the schema is %d, error %v", version, err)
	}
	if os.Geteuid() == 0 {
		foreign := t.TempDir()
		if st, err = sqlite.Open(foreign, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(st.Close(), os.Chown(foreign, 65532, 65532)); err != nil {
			t.Fatal(err)
		}
		wantRun(t, 1, "belongs to user 65532: run check as that user", args(foreign)...)
	}
}
