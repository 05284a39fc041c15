package dash

import (
	"bytes"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const corpus = "../../../../shared/corpus/dash"

var testBase = &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/a/manifest.mpd", RawQuery: "token=1"}

// eachMPD calls f with every MPD of the corpus.
func eachMPD(t *testing.T, f func(t *testing.T, name string, src []byte)) {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no corpus of MPDs beside the repository")
	}
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".mpd" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(corpus, path)
		t.Run(name, func(t *testing.T) { f(t, name, src) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// gone are the elements that no output has.
var gone = regexp.MustCompile(`(?s)\s*<(Location|PatchLocation)\b[^>]*>.*?</(Location|PatchLocation)>|\s*<InbandEventStream\b[^>]*urn:mpeg:dash:event:2012[^>]*?(/>|>\s*</InbandEventStream>)`)

// TestLossless: with an empty plan every byte of an MPD is written but for the
// documented removals (design §5, DASH law 6).
func TestLossless(t *testing.T) {
	count, refused := 0, 0
	eachMPD(t, func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, Options{Passthrough: true})
		if err != nil {
			t.Log(err)
			refused++
			return
		}
		count++
		got := tpl.At(1_700_000_000_000_000).Append(nil, &Plan{})
		want := src
		if strings.Contains(string(src), "resolve-to-zero") {
			return
		}
		want = gone.ReplaceAll(want, nil)
		if !bytes.Equal(got, want) {
			i := 0
			for i < len(got) && i < len(want) && got[i] == want[i] {
				i++
			}
			t.Errorf("byte %d: got …%.200s, want …%.200s", i, got[max(0, i-60):], want[max(0, i-60):])
		}
	})
	t.Logf("%d written, %d refused", count, refused)
}
