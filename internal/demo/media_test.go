package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stitcher/internal/demo/media"
)

// TestMediaIsWhatThePlaylistsSay makes the media for real, and holds it to the
// playlists: codecs, sizes, lengths, and a decoder that finds no fault.
func TestMediaIsWhatThePlaylistsSay(t *testing.T) {
	clock := time.Unix(1_800_000_000, 0)
	dir := t.TempDir()
	d, err := New(Options{DataDir: dir, Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDemo(t, d) })
	server := httptest.NewServer(d.Handler())
	t.Cleanup(server.Close)
	if got := get(t, server.URL+LivePath, http.StatusServiceUnavailable); !strings.Contains(got, "still being made") {
		t.Errorf("before Prepare: %q", got)
	}
	if err := d.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "demo", "making-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	checkCue(t, server.URL, clock)

	for _, f := range media.Formats() {
		for i, r := range media.Rungs() {
			streams := probe(t, server.URL+"/vod/"+f.Name+"/"+r.Name+".m3u8")
			v := streams[slices.IndexFunc(streams, func(s stream) bool { return s.Type == "video" })]
			want := stream{Type: "video", Codec: "h264", Profile: "Constrained Baseline", Width: r.Width, Height: r.Height,
				Level: []int{30, 31, 31}[i], Packets: strconv.Itoa(media.LoopSegments * 50)}
			if v != want {
				t.Errorf("%s %s: is %+v, want %+v", f.Name, r.Name, v, want)
			}
		}
		// The whole film, picture and sound, without one complaint.
		out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-xerror", "-i", server.URL+"/vod/"+f.Name+"/360.m3u8", "-f", "null", "-").CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: decoder: %v: %s", f.Name, err, out)
		}
	}
	for _, c := range media.Creatives() {
		for _, s := range probe(t, server.URL+"/creatives/"+c.ID+".mp4") {
			if s.Type == "video" && (s.Width != c.Width || s.Packets != strconv.Itoa(c.Rate*int(c.Duration/time.Second))) {
				t.Errorf("creative %s is %+v, want %+v", c.ID, s, c)
			}
		}
	}

	// A second start finds the media and goes on at once.
	again, err := New(Options{DataDir: dir, Now: func() time.Time { return clock }, FFmpeg: "/nonexistent"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDemo(t, again) })
	if err := again.Prepare(t.Context()); err != nil {
		t.Errorf("second start: %v", err)
	}
}

// checkCue asks a demo without a rhythm for an avail.
func checkCue(t *testing.T, base string, now time.Time) {
	t.Helper()
	post := func(query string, want int) {
		t.Helper()
		response, err := http.Post(base+"/avail"+query, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("POST /avail%s: %d, want %d", query, response.StatusCode, want)
		}
	}
	state := func() (start, end time.Time) {
		t.Helper()
		var s struct{ AvailStart, AvailEnd time.Time }
		if err := json.Unmarshal([]byte(get(t, base+"/state.json", http.StatusOK)), &s); err != nil {
			t.Fatal(err)
		}
		return s.AvailStart, s.AvailEnd
	}
	if start, _ := state(); !start.IsZero() {
		t.Errorf("the avail at %v was not requested", start)
	}
	for _, query := range []string{"?seconds=1", "?seconds=601", "?seconds=-4", "?seconds=x"} {
		post(query, http.StatusBadRequest)
	}
	post("?seconds=20", http.StatusNoContent)
	start, end := state()
	if wait := start.Sub(now); wait < 0 || wait > 2*media.SegmentLength || end.Sub(start) != 20*time.Second {
		t.Errorf("an avail comes in %s, for %s", wait, end.Sub(start))
	}
	post("", http.StatusNoContent)
	if again, _ := state(); again != start {
		t.Errorf("the avail at %v was moved to %v", start, again)
	}
}

func TestMediaFailsWhole(t *testing.T) {
	dir := t.TempDir()
	d, err := New(Options{DataDir: dir, FFmpeg: "/nonexistent"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDemo(t, d) })
	if err := d.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "prepare demo: make media: ffmpeg: ") {
		t.Errorf("err = %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "demo", "m*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// stream is what ffprobe says of a stream.
type stream struct {
	Type    string `json:"codec_type"`
	Codec   string `json:"codec_name"`
	Profile string `json:"profile"`
	Level   int    `json:"level"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Packets string `json:"nb_read_packets"`
}

func probe(t *testing.T, url string) []stream {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-count_packets", "-of", "json", "-show_entries",
		"stream=codec_type,codec_name,profile,level,width,height,nb_read_packets", url)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", url, err)
	}
	var answer struct{ Streams []stream }
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("ffprobe %s: %v", url, err)
	}
	return answer.Streams
}

func closeDemo(t *testing.T, d *Demo) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
