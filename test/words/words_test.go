package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the directory of the repository.
const root = "../.."

// banned are words that hide the subject of a sentence: a reader has to guess which
// component or person is meant.
var banned = regexp.MustCompile(`(?i)\b(nobody|whoever|somebody|everybody)\b`)

// documents are what users and newcomers read first.
var documents = []string{"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"}

func TestDocuments(t *testing.T) {
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if word := banned.FindString(line); word != "" {
				t.Errorf("%s:%d: %q: name the subject", name, i+1, word)
			}
		}
	}
}

// TestMessages checks all comments and string literals of the program; log lines, errors
// and help texts are string literals. Tests are not checked.
func TestMessages(t *testing.T) {
	for _, dir := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return checkFile(t, path)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// suites are packages of tests whose files have no _test suffix; their strings are
// test data.
var suites = []string{"internal/store/storetest/"}

func checkFile(t *testing.T, path string) error {
	t.Helper()
	for _, dir := range suites {
		if strings.Contains(filepath.ToSlash(path), dir) {
			return nil
		}
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return err
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if word := banned.FindString(c.Text); word != "" {
				t.Errorf("%s: %q in a comment: name the subject", files.Position(c.Pos()), word)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Errorf("%s: %v", files.Position(literal.Pos()), err)
			return true
		}
		if word := banned.FindString(text); word != "" {
			t.Errorf("%s: %q in a string: name the subject", files.Position(literal.Pos()), word)
		}
		return true
	})
	return nil
}
