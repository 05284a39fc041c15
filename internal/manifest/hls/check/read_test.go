package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// FuzzReadListing: whatever is read, the rules that it breaks are of the set, and it is an
// update of itself.
func FuzzReadListing(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, c := range checkTextCases {
		f.Add([]byte(c.bad))
	}
	f.Add([]byte(strings.ReplaceAll(checkMulti, "|", "\n")))
	f.Add([]byte("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:4611686018427387904\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4611686018427387904\n#EXTINF:9999999,\na\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, found := listing.Read(src)
		closed := rule.Rules()
		for _, v := range append(found, Playlist(l)...) {
			if _, ok := slices.BinarySearch(closed, v.Rule); !ok {
				t.Fatalf("rule %q is not in the set", v.Rule)
			}
		}
		for i, s := range l.Segments {
			if s.Sequence != l.Segments[0].Sequence+int64(i) || s.Duration < 0 || s.Line < 1 {
				t.Fatalf("segment %d: %+v", i, s)
			}
		}
		listing.ReadPresentation(src, nil)
		Renditions(l, l) // may find that dates overlap
		if found := Update(l, l); len(found) > 0 {
			t.Fatalf("a playlist against itself: %v", found)
		}
	})
}
