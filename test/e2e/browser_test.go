//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// playCase is a stream for a player to play until its screen has shown want.
type playCase struct {
	Name   string `json:"name"`
	Player string `json:"player"`
	Src    string `json:"src"`
	// Control, where there is one, is the same content without ads: the same kind
	// of player plays it beside the case.
	Control string   `json:"control,omitempty"`
	Want    []string `json:"want"`
	// Steps are what the viewer does.
	Steps []step `json:"steps,omitempty"`
	// Behind, where it is not 0, is by how many seconds what the player has loaded
	// may have fallen behind in the end.
	Behind float64 `json:"behind,omitempty"`
	// Old takes SourceBuffer.changeType from the browser, which televisions lack.
	Old bool `json:"old,omitempty"`
}

// step is taken when a picture has been on screen, and the step before over, for so
// many seconds.
type step struct {
	At  string  `json:"at"`
	For float64 `json:"for"`
	// Do is "quality" or, keeping what is in the buffer, "later quality" ("top" or
	// "bottom"), "before" (a picture and by how many seconds, of when it was on first),
	// "live" (so far from the live edge) or "pause" (in seconds). At "quality" hls.js
	// keeps the segment on screen, and shaka-player all (player.html says why).
	Do  string `json:"do"`
	Arg any    `json:"arg"`
	// Grace is for how many seconds after it nothing is held against the player.
	Grace float64 `json:"grace,omitempty"`
}

// shown is a picture that came on screen: at the page's second Wall at the latest,
// at a media time between After and Time.
type shown struct {
	Wall, After, Time float64
	Picture           string
}

// adEvent is one of the player's ad module, at a media time. Title is that of the ad that
// started last.
type adEvent struct {
	Event, Title string
	Time         float64
}

// played is what was seen of a case.
type played struct {
	Name    string
	Done    bool
	Crash   string
	Version string
	// Timeline has an entry for each change of what is on screen.
	Timeline []shown
	// Errors are the player's own, Console the page's, Failures responses of
	// 400 and above.
	Errors, Console, Failures []string
	Ads                       []adEvent
	Error                     string
	Stalls                    []stall
	// Waits counts the waiting events after the first picture; Jump is the farthest
	// the clock leapt, in seconds.
	Waits          int
	Jump           float64
	Time, Seconds  float64
	Height, Frames int
	Dropped        int
	AudioBytes     int
	// Control is what was seen of the control.
	Control *played
	// Sessions are the session ids in the requested URLs.
	Sessions []string
	// Untaken counts the steps that were not come to.
	Untaken int
}

// pictures are what was on screen, in order, without the start's black.
func (r *played) pictures() []string {
	var list []string
	for _, at := range r.Timeline {
		if at.Picture != "nothing" && at.Picture != "black" {
			list = append(list, at.Picture)
		}
	}
	return list
}

// screen is held by those who have players: two cores are enough for three at
// once, and what else goes on meanwhile needs little.
var screen sync.Mutex

// takeScreen waits for the screen, and keeps it until the end of the test.
func takeScreen(t *testing.T) {
	t.Helper()
	screen.Lock()
	t.Cleanup(screen.Unlock)
}

// play plays cases in Chromium, all at once, until each has shown what it is to.
// When all have content on screen, cue, where there is one, is POSTed to.
func play(t *testing.T, cue string, cases ...playCase) []played {
	t.Helper()
	return playAvails(t, cue, 1, cases...)
}

// playAvails is play, but whenever all are back at content cue is POSTed to again, n times
// in all.
func playAvails(t *testing.T, cue string, n int, cases ...playCase) []played {
	t.Helper()
	files := http.FileServer(http.Dir("."))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	}))
	defer page.Close()
	job, err := json.Marshal(map[string]any{
		"base": page.URL, "seconds": patience.Seconds(), "shots": artifacts(t), "cue": cue, "cues": n, "cases": cases,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "node", "play.mjs")
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
		for _, r := range []*played{r, r.Control} {
			if r != nil {
				t.Logf("%s %s in Chromium %s: %.1f s played in %.1f s, %dp, %d frames, %d dropped, %d waits, stalls %v, jump %.2f s, errors %q, screen %v",
					r.Name, r.Version, answer.Browser, r.Time, r.Seconds, r.Height, r.Frames, r.Dropped, r.Waits, r.Stalls, r.Jump, r.Errors, r.Timeline)
			}
		}
	}
	return answer.Results
}

// leap is how far a player's clock may jump, in seconds.
//
// With separate audio video.js passes over audio segments where a playlist loses
// segments at its start while the audio loader waits for the video loader to reach
// a discontinuity: its VHS then makes the request that waited from the old playlist
// with an index of the new one (8.24.1, SegmentLoader.setPlaylist and
// generateSegmentInfo_), fetches the segment before once more and leaves a hole,
// which it seeks over. Whose discontinuities they are does not matter; with the
// playlist replaced beside the index it plays every segment. The longest audio
// segment here is of two seconds. The slower the machine, the longer the wait: two
// updates of the playlist, and a hole of two segments, have been seen. That the
// stream has no hole is what the other players and the strict client say.
//
// Where a quality is chosen while shaka-player updates its playlists, it finds the
// segment index of the stream that it has just closed gone (5.2.12, HlsParser.
// updateStream_ looks at stream.segmentIndex before it awaits parseDrmInfo_, and
// uses it after). It reports the exception, which has no code of its own, as
// recoverable; what it had read is lost, and it passes over a segment.
func leap(r *played) float64 {
	switch {
	case strings.Contains(r.Name, "cmaf") && strings.Contains(r.Name, "videojs"):
		return 4.4
	case slices.ContainsFunc(r.Errors, func(line string) bool { return strings.HasPrefix(line, "shaka severity 1 code undefined") }):
		return 2.2
	}
	return 0.5
}

// checkSmooth fails where a viewer would have noticed anything.
func checkSmooth(t *testing.T, r *played) {
	t.Helper()
	for _, line := range r.faults() {
		t.Error(line)
	}
}

// checkScreen fails unless the screen showed exactly want.
func checkScreen(t *testing.T, r *played, want ...string) {
	t.Helper()
	if got := strings.Join(r.pictures(), " "); got != strings.Join(want, " ") {
		t.Errorf("the screen showed %q, want %q", got, strings.Join(want, " "))
	}
}
