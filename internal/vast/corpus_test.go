package vast

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file, or rewrites it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

// corpusDir is the folder of a kind of real files: STITCHER_CORPUS, else
// shared/corpus beside the checkout. The test is skipped where it is absent.
func corpusDir(t testing.TB, kind string) string {
	t.Helper()
	if dir := os.Getenv("STITCHER_CORPUS"); dir != "" {
		return filepath.Join(dir, kind)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		candidate := filepath.Join(dir, "shared", "corpus", kind)
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
	}
	t.Skip("the corpus is absent; STITCHER_CORPUS names its place")
	return ""
}

// corpusFiles are the documents of a kind, by name relative to its folder.
func corpusFiles(t testing.TB, kind string) map[string][]byte {
	t.Helper()
	dir := corpusDir(t, kind)
	files := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".xml") {
			return err
		}
		body, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = body
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCorpus pins what every real file comes to: a changed line is a changed
// decision. Documents that are no VAST 2–4 are refused for their root alone.
func TestCorpus(t *testing.T) {
	files := corpusFiles(t, "vast")
	for name, body := range corpusFiles(t, "vmap") {
		files["vmap/"+name] = body
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&out, "%s\n", name)
		doc, err := Parse(files[name])
		if err != nil {
			fmt.Fprintf(&out, "\terror: %v\n", err)
			continue
		}
		for i := range doc.Ads {
			e := &doc.Ads[i]
			if e.Wrapper != nil {
				fmt.Fprintf(&out, "\twrapper %q seq=%d to %q\n", e.ID, e.Sequence, e.Wrapper.TagURI)
				continue
			}
			ad := chain{follow: true}.inline(e)
			fmt.Fprintf(&out, "\tinline %q seq=%d duration=%d impressions=%d trackers=%d reason=%q key=%q\n",
				ad.ID, ad.Sequence, ad.Linear.Duration, len(ad.Impressions), len(ad.Trackers), ad.Reason, ad.Creative().Key)
		}
	}
	golden(t, filepath.Join("testdata", "corpus.golden"), out.String())
}
