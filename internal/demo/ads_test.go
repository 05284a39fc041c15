package demo

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haxqer/vast"

	"stitcher/internal/demo/media"
)

func TestAdsFitTheAvailAndTheAudience(t *testing.T) {
	for _, tc := range []struct {
		query string
		want  []string
	}{
		{"duration=30", []string{"red", "blue", "purple"}},
		{"duration=30.0", []string{"red", "blue", "purple"}},
		{"duration=20", []string{"red", "blue"}},
		{"duration=5", nil},
		{"", []string{"red", "blue", "purple"}},
		{"duration=rubbish", []string{"red", "blue", "purple"}},
		{"duration=300", []string{"red", "blue", "purple"}},
		{"duration=30&segment=sports", []string{"orange", "red", "blue"}},
		{"duration=29&segment=sports", []string{"orange", "red"}},
		{"duration=30&segment=unknown", []string{"red", "blue", "purple"}},
	} {
		t.Run(tc.query, func(t *testing.T) {
			server := testServer(t, t.TempDir())
			var doc vast.VAST
			if err := xml.Unmarshal([]byte(get(t, server+"/ads?session=s1&"+tc.query, http.StatusOK)), &doc); err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, ad := range doc.Ads {
				got = append(got, ad.ID)
				if ad.Sequence != i+1 {
					t.Errorf("ad %d has sequence %d", i, ad.Sequence)
				}
				checkAd(t, ad)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("ads %v, want %v", got, tc.want)
			}
			if (len(doc.Errors) > 0) != (tc.want == nil) {
				t.Errorf("no-ad error URLs: %v", doc.Errors)
			}
		})
	}
}

// checkAd follows a wrapper and looks at what an inline ad must have.
func checkAd(t *testing.T, ad vast.Ad) {
	t.Helper()
	if ad.Wrapper != nil {
		if len(ad.Wrapper.Impressions) != 1 || len(ad.Wrapper.Creatives[0].Linear.TrackingEvents.Tracking) != len(events) {
			t.Errorf("%s: the wrapper tracks nothing of its own", ad.ID)
		}
		var doc vast.VAST
		if err := xml.Unmarshal([]byte(get(t, ad.Wrapper.VASTAdTagURI.CDATA, http.StatusOK)), &doc); err != nil {
			t.Fatal(err)
		}
		ad = doc.Ads[0]
	}
	c, ok := media.FindCreative(ad.ID)
	linear := ad.InLine.Creatives[0].Linear
	if !ok || time.Duration(linear.Duration) != c.Duration || !strings.HasSuffix(linear.MediaFiles.MediaFile[0].URI, "/creatives/"+ad.ID+".mp4") {
		t.Errorf("%s: creative %+v", ad.ID, linear)
	}
	for _, e := range linear.TrackingEvents.Tracking {
		if !strings.Contains(e.URI, "event="+e.Event+"&") || !strings.HasSuffix(e.URI, "&cb=[CACHEBUSTING]") {
			t.Errorf("%s: beacon %s", ad.ID, e.URI)
		}
	}
}

// TestJournalSurvivesAKill checks that the log goes on where it was, without
// the line that a kill cut short.
func TestJournalSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	server := testServer(t, dir)
	get(t, server+"/ads?duration=30&session=s1", http.StatusOK)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/beacon?event=start&ad=red&"+strings.Repeat("x", 600)+"=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", "192.0.2.7")
	request.Header.Set("User-Agent", "TV/1.0")
	do(t, request, http.StatusNoContent)

	path := filepath.Join(dir, "demo", "journal.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, `{"number":3,"kind":"bea`...), 0o600); err != nil {
		t.Fatal(err)
	}
	server = testServer(t, dir)
	get(t, server+"/beacon?event=complete", http.StatusNoContent)
	var answer struct{ Entries []entry }
	if err := json.Unmarshal([]byte(get(t, server+"/log.json", http.StatusOK)), &answer); err != nil {
		t.Fatal(err)
	}
	got := answer.Entries
	if len(got) != 3 || got[0].Number != 1 || got[2].Number != 3 || got[2].Query["event"] != "complete" {
		t.Fatalf("entries %+v", got)
	}
	if !slices.Equal(got[0].Ads, []string{"red", "blue", "purple"}) {
		t.Errorf("ads %v", got[0].Ads)
	}
	if h := got[1].Headers; h["X-Forwarded-For"] != "192.0.2.7" || h["User-Agent"] != "TV/1.0" || got[1].Method != http.MethodPost {
		t.Errorf("beacon %+v", got[1])
	}
	if rest := get(t, server+"/log.json?since=2", http.StatusOK); strings.Count(rest, `"number"`) != 1 {
		t.Errorf("since 2: %s", rest)
	}
}

func TestJournalIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j, err := openJournal(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/beacon?event=start", nil)
	for range rewriteAfter + 10 {
		if err := j.add(kindBeacon, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(data), "\n"); lines > maxEntries+10 || len(j.since(0)) != maxEntries {
		t.Errorf("%d lines and %d entries are kept", lines, len(j.since(0)))
	}
}

func TestPagesAndMethods(t *testing.T) {
	server := testServer(t, t.TempDir())
	for path, want := range map[string]string{
		"/": "<title>stitcher demo", "/log": "Ad server log", "/demo.css": "color-scheme", "/player.js": "players[",
		"/log.js": "log.json", "/streams.json": LivePath,
	} {
		if got := get(t, server+path, http.StatusOK); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	get(t, server+"/creatives/../journal.jsonl", http.StatusNotFound)
	get(t, server+"/ads/inline/none", http.StatusNotFound)
	get(t, server+"/state.json", http.StatusServiceUnavailable)
	for method, want := range map[string]int{http.MethodHead: 200, http.MethodOptions: 204, http.MethodDelete: 405} {
		request, err := http.NewRequestWithContext(t.Context(), method, server+"/log.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		do(t, request, want)
	}
}

func testServer(t *testing.T, dir string) string {
	t.Helper()
	d, err := New(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.Handler())
	t.Cleanup(func() { server.Close(); closeDemo(t, d) })
	return server.URL
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, request, status)
}

func do(t *testing.T, request *http.Request, status int) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d: %s", request.Method, request.URL, response.StatusCode, status, body)
	}
	return string(body)
}
