//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// playCase is a stream for a player to play until its screen has shown want.
type playCase struct {
	Name   string   `json:"name"`
	Player string   `json:"player"`
	Src    string   `json:"src"`
	Want   []string `json:"want"`
	// Steps are what the viewer does.
	Steps []step `json:"steps,omitempty"`
}

// step is taken when a picture has been on screen for so many seconds.
type step struct {
	At  string  `json:"at"`
	For float64 `json:"for"`
	// Do is "quality" or, keeping what is in the buffer, "later quality" ("top" or
	// "bottom"), "seek", "live" (so far from the live edge) or "pause" (in seconds).
	Do  string `json:"do"`
	Arg any    `json:"arg"`
	// Grace is for how many seconds after it nothing is held against the player.
	Grace float64 `json:"grace,omitempty"`
}

// played is what was seen of a case.
type played struct {
	Name    string
	Done    bool
	Crash   string
	Version string
	// Timeline has an entry for each change of what is on screen.
	Timeline []struct {
		Wall, Time float64
		Picture    string
	}
	// Errors are the player's own, Console the page's, Failures responses of
	// 400 and above.
	Errors, Console, Failures []string
	Error                     string
	// Waits counts the waiting events after the first picture; Frozen is the
	// longest time the clock stood still, Jump the farthest it leapt, in
	// seconds.
	Waits          int
	Frozen, Jump   float64
	Time, Seconds  float64
	Height, Frames int
	Dropped        int
	AudioBytes     int
	// Sessions are the session ids in the requested URLs.
	Sessions []string
	// Untaken counts the steps that were not come to.
	Untaken int
}

// pictures are what was on screen, in order, without the start's black.
func (p *played) pictures() []string {
	var list []string
	for _, at := range p.Timeline {
		if at.Picture != "nothing" && at.Picture != "black" {
			list = append(list, at.Picture)
		}
	}
	return list
}

// play plays cases in Chromium, all at once, for at most limit.
func play(t *testing.T, limit time.Duration, cases ...playCase) []played {
	t.Helper()
	files := http.FileServer(http.Dir("."))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	}))
	defer page.Close()
	job, err := json.Marshal(map[string]any{
		"base": page.URL, "seconds": limit.Seconds(), "shots": artifacts(t), "cases": cases,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "play.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(job), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node play.mjs: %v", err)
	}
	var answer struct {
		Browser string
		Results []played
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("play.mjs: %v: %.500s", err, out)
	}
	for i := range answer.Results {
		r := &answer.Results[i]
		t.Logf("%s %s in Chromium %s: %.1f s played in %.1f s, %dp, %d frames, %d dropped, %d waits, frozen %.2f s, jump %.2f s, screen %v",
			r.Name, r.Version, answer.Browser, r.Time, r.Seconds, r.Height, r.Frames, r.Dropped, r.Waits, r.Frozen, r.Jump, r.Timeline)
	}
	return answer.Results
}

// leap is how far a player's clock may jump, in seconds.
//
// With separate audio video.js passes over one audio segment where a playlist
// loses segments at its start while the audio loader waits for the video loader
// to reach a discontinuity: its VHS then makes the request that waited from the
// old playlist with an index of the new one (8.24.1, SegmentLoader.setPlaylist
// and generateSegmentInfo_), fetches the segment before once more and leaves a
// hole, which it seeks over. Whose discontinuities they are does not matter; with
// the playlist replaced beside the index it plays every segment. The longest
// audio segment here is of two seconds.
func leap(r *played) float64 {
	if strings.Contains(r.Name, "cmaf") && strings.Contains(r.Name, "videojs") {
		return 2.2
	}
	return 0.5
}

// checkSmooth fails where a viewer would have noticed anything.
func checkSmooth(t *testing.T, r *played) {
	t.Helper()
	if r.Crash != "" || r.Error != "" {
		t.Errorf("crash %q, media error %q", r.Crash, r.Error)
	}
	for _, list := range [][]string{r.Errors, r.Failures, r.Console} {
		for _, line := range list {
			t.Errorf("reported: %s", line)
		}
	}
	if r.Frozen > 1 {
		t.Errorf("the picture stood still for %.2f s", r.Frozen)
	}
	if most := leap(r); r.Jump > most {
		t.Errorf("the clock leapt by %.2f s, more than %.2f s", r.Jump, most)
	}
	if r.AudioBytes == 0 {
		t.Error("no sound was decoded")
	}
	if r.Frames == 0 || r.Dropped > r.Frames/5 {
		t.Errorf("%d of %d frames were dropped", r.Dropped, r.Frames)
	}
}

// checkScreen fails unless the screen showed exactly want.
func checkScreen(t *testing.T, r *played, want ...string) {
	t.Helper()
	if got := strings.Join(r.pictures(), " "); got != strings.Join(want, " ") {
		t.Errorf("the screen showed %q, want %q", got, strings.Join(want, " "))
	}
}
