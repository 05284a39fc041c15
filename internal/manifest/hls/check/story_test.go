package check

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

var checkRewrite = flag.Bool("update", false, "rewrite what testdata wants")

// TestCheckStories runs the failures that simulation and the field found.
// prev.m3u8 and next.m3u8 are an update, any other files are renditions; want
// is what breaks, a line each.
func TestCheckStories(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d stories: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := &story.Files[len(story.Files)-1]
			got := checkStory(story.Files[:len(story.Files)-1])
			if *checkRewrite {
				want.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(story), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(want.Data) {
				t.Errorf("%sbreaks\n%swant\n%s", story.Comment, got, want.Data)
			}
		})
	}
}

func checkStory(files []txtar.File) string {
	var found []rule.Violation
	var listings []*listing.Listing
	for _, file := range files {
		l, text := listing.Read(file.Data)
		listings = append(listings, l)
		found = append(append(found, text...), Playlist(l)...)
	}
	if files[0].Name == "prev.m3u8" {
		found = append(found, Update(listings[0], listings[1])...)
	} else {
		found = append(found, Renditions(listings...)...)
	}
	var b strings.Builder
	for _, v := range found {
		b.WriteString(v.String() + "\n")
	}
	return b.String()
}
