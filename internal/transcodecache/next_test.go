package transcodecache

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/mediatest"
)

// tokens is a Fetcher of paths on disk with queries, which notes what it was asked.
type tokens struct {
	files
	mu    sync.Mutex
	asked []string
}

func (f *tokens) DownloadIf(ctx context.Context, url string, known egress.Validators, maxBytes int64, w io.Writer) (egress.Validators, error) {
	f.mu.Lock()
	f.asked = append(f.asked, filepath.Base(url))
	f.mu.Unlock()
	return f.files.DownloadIf(ctx, url[:strings.IndexByte(url+"?", '?')], known, maxBytes, w)
}

func (f *tokens) told() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := strings.Join(f.asked, " ")
	f.asked = nil
	return told
}

// TestNextFile: where the best file of a creative can't be had or prepared, the next
// one is, and the reason of a failure is the best file's.
func TestNextFile(t *testing.T) {
	good := mediatest.Creative(t, "1", "320x180", "0.5")
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("<html>gone</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	sound := mediatest.Make(t, "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "pcm_s16le", "sound.wav")
	c := testCache(t, nil)
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		files   []string
		want    avail.Reason
		message string
	}{
		"not there":          {files: []string{"absent", good}},
		"no media":           {files: []string{text, good}},
		"sound alone":        {files: []string{sound, good}},
		"all before it":      {files: []string{"absent", text, sound, good}},
		"none, first gone":   {files: []string{"absent", text}, want: avail.CreativeUnfetchable, message: "fetch"},
		"none, first a page": {files: []string{text, "absent"}, want: avail.TranscodeFailed, message: "not media"},
		"nothing but one":    {files: []string{"absent"}, want: avail.CreativeUnfetchable, message: "fetch"},
	} {
		// Each has an ad server of its own, so none knows of the failures of others.
		a, reason := settledAs(t, c, p.ID(), avail.Creative{Key: name, URL: tc.files[0], Others: tc.files[1:], AdServer: name})
		if reason != tc.want || (a == nil) != (tc.want != "") {
			t.Errorf("%s: %q, want %q", name, reason, tc.want)
		}
		for _, j := range ended(c) {
			if j.Creative.Key == name && j.Creative.URL == tc.files[0] && !strings.Contains(j.Message, tc.message) {
				t.Errorf("%s: %q", name, j.Message)
			}
		}
	}
}

// TestFailureIsTheFiles: a failure belongs to the file that failed. The same creative
// with another file is tried at once, with another value of a volatile parameter it is
// not.
func TestFailureIsTheFiles(t *testing.T) {
	var clock atomic.Int64 // seconds
	source := &tokens{}
	c := testCache(t, func(o *Options) {
		o.Volatile = identity.NewVolatile("t")
		o.Fetcher, o.Now = source, func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	})
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	ask := func(files ...string) avail.Reason {
		_, reason := settledAs(t, c, p.ID(), avail.Creative{Key: "k", URL: files[0], Others: files[1:]})
		return reason
	}
	good := mediatest.Creative(t, "1", "320x180", "0.5")
	for _, step := range []struct {
		name  string
		wait  int64
		files []string
		want  avail.Reason
		told  string
	}{
		{"all fail", 0, []string{"a?t=1", "b?t=1"}, avail.CreativeUnfetchable, "a?t=1 b?t=1"},
		{"the same", 1, []string{"a?t=1", "b?t=1"}, avail.CreativeUnfetchable, ""},
		{"another token", 1, []string{"b?t=2", "a?t=2"}, avail.CreativeUnfetchable, ""},
		{"another file", 1, []string{"a?t=3", "c?t=3"}, avail.CreativeUnfetchable, "c?t=3"},
		{"all again", 300, []string{"a?t=4", "c?t=4"}, avail.CreativeUnfetchable, "a?t=4 c?t=4"},
		{"a good one", 1, []string{"a?t=5", good + "?t=5"}, "", filepath.Base(good) + "?t=5"},
		{"the good one alone", 1, []string{good + "?t=6"}, "", ""},
		{"the id alone says nothing", 1, []string{"a?t=6"}, avail.CreativeUnfetchable, ""},
	} {
		clock.Add(step.wait)
		if reason := ask(step.files...); reason != step.want {
			t.Errorf("%s: %q, want %q", step.name, reason, step.want)
		}
		if told := source.told(); told != step.told {
			t.Errorf("%s: fetched %q, want %q", step.name, told, step.told)
		}
	}
}

// TestTrim: a creative that is a little longer than its ad server declares is as long
// as declared, so that it fits the avail that it was sold for.
func TestTrim(t *testing.T) {
	c := testCache(t, nil)
	p := small()
	if err := c.AddProfile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "2.04", "320x180", "0.5")
	for declared, want := range map[int64]int64{0: 2_040_000, 2_000_000: 2_000_000, 1_600_000: 1_600_000, 1_500_000: 2_040_000, 2_100_000: 2_040_000, 500_000: 2_040_000} {
		a, reason := settledAs(t, c, p.ID(), avail.Creative{Key: time.Duration(declared).String(), URL: path, Duration: declared})
		if a == nil {
			t.Fatalf("declared %d: %s", declared, reason)
		}
		if a.Duration != want {
			t.Errorf("declared %d: %d µs, want %d", declared, a.Duration, want)
		}
	}
}
