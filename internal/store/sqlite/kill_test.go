package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store/sqlite"
)

// childDir makes a run of this test binary the process to be killed.
const childDir = "STITCHER_TEST_KILL_DIR"

// TestKill: what a caller was told to be durable is there after kill -9.
func TestKill(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		writeForEver(dir)
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var told []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if told = append(told, lines.Text()); len(told) == 500 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	if len(told) < 500 {
		t.Fatalf("the child wrote %d lines", len(told))
	}
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, line := range told {
		kind, name, _ := strings.Cut(line, " ")
		switch kind {
		case "fact":
			if list, _, err := s.Since(t.Context(), name, 0); err != nil || len(list) != 2 {
				t.Errorf("%s: %v, %v", name, list, err)
			}
		case "trigger":
			if added, err := s.Widen(t.Context(), avail.Trigger{Session: name, Events: avail.Start}, time.Hour); added != 0 || err != nil {
				t.Errorf("%s: added %v, %v", name, added, err)
			}
		}
	}
}

func writeForEver(dir string) {
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("w%d-%d", w, i)
				var err error
				kind := "fact"
				if i%2 == 0 {
					_, err = s.Create(context.Background(), name, time.Hour, avail.Fact{Key: "a"}, avail.Fact{Key: "b"})
				} else {
					kind = "trigger"
					_, err = s.Widen(context.Background(), avail.Trigger{Session: name, Events: avail.Start}, time.Hour)
				}
				if err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Fprintln(os.Stdout, kind, name)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
