package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/bundle"
)

// TestReplayCommand: what it prints, and its exit status.
func TestReplayCommand(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, answers ...bundle.Answer) string {
		t.Helper()
		b := &bundle.Bundle{Head: bundle.Head{Version: bundle.Version, Session: &playback.Session{ID: "one", Configuration: "news"}}, Answers: answers}
		var file bytes.Buffer
		if err := b.Write(&file); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := "#EXTM3U\n"
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"nothing differs", []string{write("none")}, 0, "identical"},
		{"what it came from is missing", []string{write("gone", bundle.Answer{Text: text, Hash: bundle.HashOf([]byte(text))})}, 1, "1 of 1 playlists differ"},
		{"damaged", []string{write("damaged", bundle.Answer{Text: text, Hash: "0"})}, 1, "damaged: answer 1"},
		{"no bundle", []string{other}, 2, "not a bundle"},
		{"no file", []string{filepath.Join(dir, "missing")}, 2, "no such file"},
		{"no argument", nil, 2, "Usage"},
		{"two arguments", []string{"a", "b"}, 2, "Usage"},
		{"help", []string{"-h"}, 0, "Usage"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"replay"}, c.args...), func(string) string { return "" }, &stdout, &stderr)
		if status != c.status || !strings.Contains(stdout.String()+stderr.String(), c.want) {
			t.Errorf("%s: status %d\n%s%s", c.name, status, &stdout, &stderr)
		}
	}
}
