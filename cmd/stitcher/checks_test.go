package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/transcodecache/profile"
)

// TestReadyNamesWhatIsMissing: /readyz was ready without ffmpeg, and without an
// encoder that a profile needs (issue 13).
func TestReadyNamesWhatIsMissing(t *testing.T) {
	set := settings{
		dataDir: t.TempDir(), listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", transcodeWorkers: 1,
		store: stores.Embedded, maxSessions: 1, manifestMax: 1 << 20, renditionsMax: 1 << 20, adsConcurrency: 1,
	}
	ready := func(t *testing.T, a *app) (status int, text string, names []string) {
		t.Helper()
		w := httptest.NewRecorder()
		a.viewer.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		var answer struct {
			Status  string
			Reasons []struct{ Name, Error string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		for _, r := range answer.Reasons {
			names = append(names, r.Name)
			if r.Error != "" {
				t.Errorf("viewers are told %q", r.Error)
			}
		}
		return w.Code, answer.Status, names
	}
	t.Run("ffmpeg", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		a, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		if status, text, names := ready(t, a); status != http.StatusServiceUnavailable || text != "not ready" || !strings.Contains(strings.Join(names, " "), "ffmpeg") {
			t.Errorf("%d %s %v", status, text, names)
		}
	})
	t.Run("encoder", func(t *testing.T) {
		bin := t.TempDir()
		program(t, bin, "ffprobe", "exit 0")
		program(t, bin, "ffmpeg", "echo ' V..... libx264 H.264'")
		t.Setenv("PATH", bin+":/usr/bin:/bin")
		a, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		if err := a.cache.AddProfile(t.Context(), oneRendition("hevc", "main")); err != nil {
			t.Fatal(err)
		}
		if status, text, names := ready(t, a); status != http.StatusOK || text != "degraded" || strings.Join(names, " ") != "encoders" {
			t.Errorf("%d %s %v", status, text, names)
		}
		if err := a.cache.Encoders(t.Context()); err == nil || !strings.Contains(err.Error(), "libx265") {
			t.Errorf("the admin plane is told %v", err)
		}
	})
	t.Run("nothing that is needed", func(t *testing.T) {
		bin := t.TempDir()
		program(t, bin, "ffprobe", "exit 0")
		program(t, bin, "ffmpeg", "exec sleep 10")
		t.Setenv("PATH", bin+":/usr/bin:/bin")
		a, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		if status, text, names := ready(t, a); status != http.StatusOK || text != "ready" {
			t.Errorf("%d %s %v", status, text, names)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		a, err := newApp(t.Context(), set, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		if status, text, names := ready(t, a); status != http.StatusOK || text != "ready" {
			t.Errorf("%d %s %v", status, text, names)
		}
	})
}

// oneRendition is a profile of a single rendition.
func oneRendition(codec, name string) profile.Profile {
	return profile.Profile{Segment: 2_000_000, Renditions: []profile.Spec{{
		Name: "v0", Kind: profile.VideoKind, Container: profile.FMP4,
		Video: &profile.Video{Codec: codec, Profile: name, Width: 640, Height: 360, Rate: profile.Ratio{Num: 25, Den: 1}, PixFmt: "yuv420p", Bitrate: 500_000},
	}}}
}

// program writes a shell script into a directory of the path.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}
