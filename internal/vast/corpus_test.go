package vast

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"stitcher/test/corpus"
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

// corpusFiles are the documents of a kind, by name relative to its folder.
func corpusFiles(t testing.TB, kind string) map[string][]byte {
	t.Helper()
	dir := corpus.Dir(t, kind)
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
// decision. Documents that are neither VAST 2–4 nor VMAP are refused for their
// root alone; wrappers are not followed.
func TestCorpus(t *testing.T) {
	files := corpusFiles(t, "vast")
	for name, body := range corpusFiles(t, "vmap") {
		files["vmap/"+name] = body
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&out, "%s\n", name)
		r, err := ParseResponse(files[name], "http://corpus.example/"+name)
		switch {
		case err != nil:
			fmt.Fprintf(&out, "\terror: %v\n", err)
		case r.VAST != nil:
			unfollowed(&out, func(u *Unwrapper) *Result { return u.Unwrap(t.Context(), r.VAST) })
		default:
			for i := range r.VMAP.Breaks {
				b := &r.VMAP.Breaks[i]
				fmt.Fprintf(&out, "\tbreak %q %v at %+v events=%d\n", b.ID, b.Types, b.Offset, len(b.Events))
				unfollowed(&out, func(u *Unwrapper) *Result { return u.UnwrapBreak(t.Context(), b) })
			}
		}
	}
	golden(t, filepath.Join("testdata", "corpus.golden"), out.String())
}

// unfollowed writes a result and where its requests would go, which fail.
func unfollowed(out *strings.Builder, unwrap func(*Unwrapper) *Result) {
	var mu sync.Mutex
	var asked []string
	r := unwrap(&Unwrapper{Fetcher: fetcherFunc(func(_ context.Context, url string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, url)
		return nil, errors.New("not followed")
	})})
	slices.Sort(asked)
	for _, url := range asked {
		fmt.Fprintf(out, "\trequest %s\n", url)
	}
	summarise(out, r)
}

// summarise writes one line for each ad of a result, with how much of each
// kind client-side reporting gets.
func summarise(out *strings.Builder, r *Result) {
	if r.Reason != "" {
		fmt.Fprintf(out, "\tno ads: %s, %d Error URLs\n", r.Reason, len(r.NoAd))
	}
	for i := range r.Ads {
		ad := &r.Ads[i]
		fmt.Fprintf(out, "\tad %q seq=%d duration=%d impressions=%d trackers=%d errors=%d reason=%q vpaid=%v key=%q\n", ad.ID,
			ad.Sequence, ad.Linear.Duration, len(ad.Impressions), len(ad.Trackers), len(ad.Errors), ad.Reason, ad.VPAID, ad.Creative().Key)
		d := ad.Details()
		fmt.Fprintf(out, "\t\tfiles=%d mezzanines=%d interactive=%d captions=%d clicks=%d icons=%d companions=%d nonlinear=%d verifications=%d extensions=%d\n",
			len(d.Creative.MediaFiles), len(d.Creative.Mezzanines), len(d.Creative.Interactive), len(d.Creative.Captions),
			len(d.Creative.ClickTracking)+len(d.Creative.CustomClicks), len(d.Icons), len(d.Companions), len(d.NonLinear),
			len(d.Verifications), len(d.Extensions))
	}
}
