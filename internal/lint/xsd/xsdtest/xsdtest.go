// Package xsdtest finds schemas for tests.
package xsdtest

import (
	"os"
	"path/filepath"
	"testing"

	"stitcher/internal/lint/xsd"
)

// MPD is the schema of MPDs in the corpus beside the repository. A test that calls it is
// skipped where xmllint or the corpus is not there.
func MPD(t testing.TB) *xsd.Schema {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("the test does not run in the repository")
		}
		dir = filepath.Dir(dir)
	}
	s, err := xsd.Open(filepath.Join(dir, "..", "shared", "corpus", "schemas", "dash", "DASH-MPD.xsd"))
	if err != nil {
		t.Skipf("MPDs are not validated: %v", err)
	}
	return s
}
