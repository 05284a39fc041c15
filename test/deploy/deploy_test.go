// Package deploy tests that what deploy/ says of the program is true.
package deploy

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the directory of the repository.
const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSettings: each setting that a file names is a flag of serve.
func TestSettings(t *testing.T) {
	help, err := exec.CommandContext(t.Context(), "go", "run", root+"/cmd/stitcher", "serve", "-h").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, help)
	}
	flags := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(string(help), -1) {
		flags[m[1]] = true
	}
	for _, name := range []string{"Dockerfile", "compose.yaml", "systemd/stitcher.env"} {
		found := regexp.MustCompile(`STITCHER_([A-Z_]+)`).FindAllStringSubmatch(read(t, name), -1)
		if len(found) == 0 {
			t.Errorf("%s sets nothing", name)
		}
		for _, m := range found {
			if flag := strings.ToLower(strings.ReplaceAll(m[1], "_", "-")); !flags[flag] {
				t.Errorf("%s sets %s, and serve has no flag --%s", name, m[0], flag)
			}
		}
	}
	for _, m := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(read(t, "systemd/stitcher.service"), -1) {
		if !flags[m[1]] {
			t.Errorf("the unit uses --%s, which serve does not have", m[1])
		}
	}
}

// metrics are the string literals of the program that name metrics.
func metrics(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "stitcher_") {
						names = append(names, s)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// TestMetrics: each metric that an alert or a panel asks for exists.
func TestMetrics(t *testing.T) {
	known := metrics(t)
	name := regexp.MustCompile(`stitcher_[a-z_]+`)
	for _, file := range []string{"prometheus/alerts.yaml", "grafana/stitcher.json"} {
		found := name.FindAllString(read(t, file), -1)
		if len(found) == 0 {
			t.Errorf("%s asks for no metric", file)
		}
		for _, m := range found {
			base := m
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				base = strings.TrimSuffix(base, part)
			}
			if !slices.Contains(known, base) && !slices.Contains(known, m) {
				t.Errorf("%s asks for %s, and there is no such metric", file, m)
			}
		}
	}
}

// TestDashboard: the dashboard is JSON whose panels have ids of their own and a query.
func TestDashboard(t *testing.T) {
	var d struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/stitcher.json")), &d); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range d.Panels {
		if seen[p.ID] {
			t.Errorf("panel %q has the id %d of another", p.Title, p.ID)
		}
		seen[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Targets[0].Expr == "") {
			t.Errorf("panel %q has no query", p.Title)
		}
	}
	if len(seen) < 10 {
		t.Errorf("%d panels", len(seen))
	}
}

// TestAlerts has promtool check the alerts and run their tests.
func TestAlerts(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is not installed: scripts/deps.sh services")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		c := exec.CommandContext(t.Context(), promtool, args...)
		c.Dir = filepath.Join(root, "deploy", "prometheus")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
