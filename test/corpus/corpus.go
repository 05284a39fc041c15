// Package corpus finds the real manifests and answers that tests read.
package corpus

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Dir returns a directory of the corpus, which lies beside the checkout or where
// STITCHER_CORPUS says. The test is skipped if there is no corpus.
func Dir(t testing.TB, name string) string {
	t.Helper()
	if dir := os.Getenv("STITCHER_CORPUS"); dir != "" {
		return filepath.Join(dir, name)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no module root above the package, so no corpus")
		}
		dir = up
	}
	dir = filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the corpus is not beside the checkout; set STITCHER_CORPUS")
	}
	return filepath.Join(dir, name)
}

// Each runs f as a subtest for every file of a directory of the corpus whose name ends
// in suffix; name is the path below the directory.
func Each(t *testing.T, dir, suffix string, f func(t *testing.T, name string, src []byte)) {
	t.Helper()
	root := os.DirFS(Dir(t, dir))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, suffix) {
			return err
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		t.Run(name, func(t *testing.T) { f(t, name, src) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
