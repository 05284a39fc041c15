package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// filled is a data directory whose database has a few hundred pages.
func filled(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := s.Create(t.Context(), fmt.Sprint("session/", i), time.Hour, avail.Fact{Key: "k", Value: make([]byte, 10_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, "stitcher.db")
}

// TestDamaged: a database that is no database, ends too soon or has pages that contradict each
// other is not opened, and the error names the file and the way out.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(f *os.File) error{
		"no database": func(f *os.File) error {
			_, err := f.WriteAt([]byte(strings.Repeat("not a database. ", 64)), 0)
			return err
		},
		"ends too soon": func(f *os.File) error { return f.Truncate(20_000) },
		"pages are lost": func(f *os.File) error {
			_, err := f.WriteAt(make([]byte, 400_000), 40_000)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, file := filled(t)
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			if err == nil {
				err = damage(f)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, Options{})
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			for _, want := range []string{file, "restore the file from a backup", "move it away"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestNotWritable: the error of a file in the place of which is a directory says who must be
// able to write to it.
func TestNotWritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "stitcher.db")
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{})
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	for _, want := range []string{file, "must be able to write"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}
