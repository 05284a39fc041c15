package check

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/test/corpus"
)

// TestCheckCorpus: what packagers write is sound, and every MPD, also one that is
// broken on purpose, is an update of itself that breaks no rule.
func TestCheckCorpus(t *testing.T) {
	counts := map[string]int{}
	corpus.Each(t, "dash", ".mpd", func(t *testing.T, name string, src []byte) {
		l, found := listing.Read(src, checkOptions)
		found = append(found, MPD(l)...)
		for _, v := range append(Update(l, l), Start(l)...) {
			t.Errorf("against itself: %s", v)
		}
		dir, _, _ := strings.Cut(name, string(filepath.Separator))
		switch dir {
		case "captured-ffmpeg", "captured-ffmpeg-live", "captured-gpac-static", "captured-shaka-packager", "live-livesim2":
			for _, v := range found {
				t.Error(v)
			}
		default:
			for _, v := range found {
				counts[v.Rule]++
				t.Log(v)
			}
		}
	})
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d %s", counts[rule], rule)
	}
}

// TestCheckLiveCorpus walks a recording of a live origin.
func TestCheckLiveCorpus(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(corpus.Dir(t, "dash"), "captured-ffmpeg-live", "*.mpd"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("no corpus of MPDs beside the repository")
	}
	var prev *listing.Listing
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		next, found := listing.Read(src, checkOptions)
		if found = append(found, MPD(next)...); prev != nil {
			found = append(found, Update(prev, next)...)
		}
		if len(found) > 0 {
			t.Error(filepath.Base(name), fmt.Sprint(found))
		}
		prev = next
	}
}
