package check

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
	"stitcher/test/corpus"
)

// TestReadListingCorpus reads every playlist that others wrote, some of them
// broken on purpose, and checks each against itself: a playlist that did not
// change breaks no rule of updates.
func TestReadListingCorpus(t *testing.T) {
	files := 0
	err := filepath.WalkDir(corpus.Dir(t, "hls"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".m3u8") {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		l, _ := listing.Read(src)
		Playlist(l)
		for _, v := range append(Update(l, l), Renditions(l, l)...) {
			t.Errorf("%s against itself: %s", name, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Fatalf("read %d playlists, want the corpus", files)
	}
}

// TestLiveCorpus walks recordings of two live origins and pins what they break,
// by rule and number of times.
func TestLiveCorpus(t *testing.T) {
	for dir, test := range map[string]struct {
		pattern string
		want    map[string]int
	}{
		// Its dateranges have no ID, and its clock runs 2.5 s a loop slower than
		// its segments, so the date at each loop's start goes back.
		"live-channel-engine": {"media-*.m3u8", map[string]int{
			rule.DateRangeInvalid: 109,
		}},
		"captured-ffmpeg-live": {"hls-*.m3u8", nil},
	} {
		t.Run(dir, func(t *testing.T) {
			names, err := filepath.Glob(filepath.Join(corpus.Dir(t, "hls"), dir, test.pattern))
			if err != nil || len(names) < 10 {
				t.Fatalf("found %d files: %v", len(names), err)
			}
			slices.Sort(names)
			got := map[string]int{}
			var prev *listing.Listing
			for _, name := range names {
				src, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				next, found := listing.Read(src)
				found = append(found, Playlist(next)...)
				if prev != nil {
					found = append(found, Update(prev, next)...)
				}
				for _, v := range found {
					got[v.Rule]++
					t.Log(filepath.Base(name), v)
				}
				prev = next
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("broken rules: %s, want %s", fmt.Sprint(got), fmt.Sprint(test.want))
			}
		})
	}
}
