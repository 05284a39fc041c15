package encode

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestEncodersAreAskedOnce: where ffmpeg took longer than a caller waits, it was killed, and
// each caller began anew. Its answer is kept, and a failure is not.
func TestEncodersAreAskedOnce(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	calls := filepath.Join(bin, "calls")
	ffmpeg := func(script string) {
		t.Helper()
		text := "#!/bin/sh\necho >> " + calls + "\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(bin, "ffmpeg"), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	called := func(want int64) {
		t.Helper()
		if info, err := os.Stat(calls); err != nil || info.Size() != want {
			t.Errorf("ffmpeg was called otherwise than %d times: %v, %v", want, info, err)
		}
	}
	var e Encoders
	ffmpeg("exit 1")
	if names, err := e.List(t.Context()); err == nil {
		t.Errorf("a failure lists %v", names)
	}
	called(1)
	answer := filepath.Join(bin, "answer")
	ffmpeg("until cat " + answer + " 2>/dev/null; do sleep 0.05; done")
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if _, err := e.List(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before ffmpeg has answered: %v", err)
		}
		cancel()
	}
	if err := os.WriteFile(answer, []byte(" V..... libx264 H.264\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if names, err := e.List(t.Context()); err != nil || !names["libx264"] {
			t.Errorf("%v, %v", names, err)
		}
	}
	called(2)
}
