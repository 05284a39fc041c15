package words

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Names that a document gives in backticks.
var (
	namedFile    = regexp.MustCompile("`(\\w[\\w./-]*\\.(?:go|json|yaml|html|sh))`")
	namedPackage = regexp.MustCompile("`((?:internal|cmd|test|api|web)/[\\w/]+)`")
	namedTest    = regexp.MustCompile("`((?:Test|Benchmark|Fuzz)[A-Z]\\w*)(?:/[^`]*)?`")
	declaredTest = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)
)

// TestReferences finds files, packages and tests that a document names and that do not
// exist. The CHANGELOG is not checked, because it names what existed.
func TestReferences(t *testing.T) {
	var files []string
	tests := map[string]bool{}
	for _, dir := range []string{"api", "cmd", "internal", "test", "web"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Name() == "node_modules" {
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil // a link to one
			}
			if d.IsDir() {
				return nil
			}
			path = filepath.ToSlash(path)
			files = append(files, path)
			if !strings.HasSuffix(path, ".go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range declaredTest.FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exists := func(suffix string) bool {
		for _, file := range files {
			if strings.HasSuffix(file, "/"+suffix) {
				return true
			}
		}
		return false
	}
	named := 0
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "SECURITY.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range namedFile.FindAllStringSubmatch(line, -1) {
				if named++; !exists(m[1]) {
					t.Errorf("%s:%d: there is no file %s", name, i+1, m[1])
				}
			}
			for _, m := range namedPackage.FindAllStringSubmatch(line, -1) {
				named++
				if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
					t.Errorf("%s:%d: there is no package %s", name, i+1, m[1])
				}
			}
			for _, m := range namedTest.FindAllStringSubmatch(line, -1) {
				if named++; !tests[m[1]] && m[1][len(m[1])-1] != '_' {
					t.Errorf("%s:%d: there is no test %s", name, i+1, m[1])
				}
			}
		}
	}
	if named < 100 {
		t.Errorf("the documents name %d files, packages and tests; the patterns miss most of them", named)
	}
}
