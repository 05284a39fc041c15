package trackdoc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stitcher/internal/stitch/trackdoc"
	"stitcher/internal/stitch/trackdoc/trackdoctest"
	"stitcher/internal/vast"
	"stitcher/internal/vast/document"
)

var rewrite = flag.Bool("update", false, "rewrite what the stories in testdata want")

// podStory is the pod of a story, in seconds. The id of the pod's segment k is
// sequence+k.
type podStory struct {
	Sequence            int
	Start, Date, Marker float64
	ByServer            bool
	Items               []struct {
		// Ad is which ad of the response it is, from 1; 0 is slate.
		Ad       int
		Segments []float64
	}
}

func (s *podStory) pod(ads []vast.Ad) *trackdoc.Pod {
	us := func(seconds float64) int64 { return int64(seconds * 1e6) }
	p := &trackdoc.Pod{
		Name:  func(k int) string { return strconv.Itoa(s.Sequence + k) },
		Start: us(s.Start), Date: us(s.Date), Marker: us(s.Marker), ByServer: s.ByServer,
	}
	var at int64
	first := 0
	for _, x := range s.Items {
		it := trackdoc.Item{First: first, At: at}
		for _, d := range x.Segments {
			it.Segments = append(it.Segments, us(d))
			at += us(d)
		}
		first += len(x.Segments)
		if x.Ad > 0 {
			it.Ad = ads[x.Ad-1].Record()
			it.Ad.Raw, _ = json.Marshal(ads[x.Ad-1].Details())
		}
		p.Items = append(p.Items, it)
	}
	return p
}

// responses are the files of a story by URL.
type responses map[string][]byte

// Fetch implements vast.Fetcher.
func (r responses) Fetch(_ context.Context, url string) ([]byte, string, error) {
	return r[url], url, nil
}

// TestStories reads every story of testdata: "response" is what the ad server answers,
// files that are named by a URL are what it leads to, "pod" is the pod as it is shown,
// "want" is the avail in the tracking document.
func TestStories(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := responses{}
			for _, f := range story.Files {
				files[f.Name] = f.Data
			}
			got := tell(t, files)
			document := fmt.Sprintf(`{"avails":[%s],"dashAvailabilityStartTime":null,"hlsAnchorMediaSequenceNumber":null,"nextToken":"","nonLinearAvails":[]}`, got)
			if _, err := trackdoctest.Check([]byte(document)); err != nil {
				t.Error(err)
			}
			if *rewrite {
				story.Files[len(story.Files)-1].Data = got
				if err := os.WriteFile(name, txtar.Format(story), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, files["want"]) {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

// tell is the avail of a story.
func tell(t *testing.T, files responses) []byte {
	t.Helper()
	response, err := document.Parse(files["response"], "")
	if err != nil {
		t.Fatal(err)
	}
	ads := (&vast.Unwrapper{Fetcher: files}).Unwrap(t.Context(), response).Ads
	for i := range ads {
		if ads[i].Reason != "" && !ads[i].VPAID {
			t.Fatalf("ad %d: %s: %v", i+1, ads[i].Reason, ads[i].Err)
		}
	}
	var s podStory
	if err := json.Unmarshal(files["pod"], &s); err != nil {
		t.Fatal(err)
	}
	a, err := trackdoc.Build(s.pod(ads))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
