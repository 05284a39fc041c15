package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/cmd/stitcher/stores"
)

// TestDataDirectoryIsLocked: a second process on a data directory started without
// a word and removed the first one's unfinished renditions (issue 13).
func TestDataDirectoryIsLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	set := settings{dataDir: dir, listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", store: stores.Embedded, maxSessions: 1, manifestMax: 1 << 20, renditionsMax: 1 << 20, adsConcurrency: 1}
	first, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	job := filepath.Join(dir, "renditions", "tmp", "job-1")
	if err := os.Mkdir(job, 0o750); err != nil {
		t.Fatal(err)
	}

	var said bytes.Buffer
	args := []string{"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dir}
	if status := run(t.Context(), args, environment(), &said, &said); status != 1 {
		t.Errorf("the second process has status %d, want 1", status)
	}
	for _, want := range []string{dir, filepath.Join(dir, "lock"), fmt.Sprintf("process %d", os.Getpid()), "--data-dir"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the refusal does not name %q: %s", want, &said)
		}
	}
	if _, err := os.Stat(job); err != nil {
		t.Errorf("the first one's job is gone: %v", err)
	}

	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	second, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	if err := second.close(); err != nil {
		t.Error(err)
	}
}
