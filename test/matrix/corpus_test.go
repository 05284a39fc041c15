package matrix

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"stitcher/test/corpus"
)

// TestCorpusAnswers: whatever an ad server answers, playlists are there and
// lawful, live and on demand, and every second of the avail is accounted for.
func TestCorpusAnswers(t *testing.T) {
	t.Parallel()
	var files []string
	for _, kind := range []string{"vast", "vmap"} {
		root := corpus.Dir(t, kind)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Skipf("the corpus is not at hand: %v", err)
		}
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.ads.answer = func(a http.ResponseWriter, _ *http.Request) { _, _ = a.Write(body) }
				v := lay("film.m3u8", "video", 60*sec, 4*sec)
				v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
				w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
				live := w.join("master.m3u8").follow(60 * sec)
				w.newChannel(v).serve("origin.example")
				w.join("film.m3u8").poll()
				if live.slowest > 2200*ms {
					t.Errorf("a manifest took %v", live.slowest)
				}
				total, filled := w.gather("stitcher_avail_seconds_total", ""), w.gather("stitcher_avail_filled_seconds_total", "")
				unfilled, drift := w.gather("stitcher_avail_unfilled_seconds_total", ""), w.gather("stitcher_avail_drift_change_seconds", "")
				if open := filled + unfilled - total - drift; total < 20 || open > 1e-6 || open < -1e-6 {
					t.Errorf("%.3f filled + %.3f unfilled is not %.3f + %.3f", filled, unfilled, total, drift)
				}
			})
		})
	}
}
