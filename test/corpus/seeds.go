package corpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Seeds adds to a fuzz test the files whose names begin with prefix in the txtar
// archives that match pattern.
func Seeds(f *testing.F, pattern, prefix string) {
	f.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		f.Fatalf("%s: %d archives, %v", pattern, len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if strings.HasPrefix(file.Name, prefix) {
				f.Add(file.Data)
			}
		}
	}
}
