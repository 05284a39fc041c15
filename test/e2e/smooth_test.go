//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// stall is a time for which a player's clock stood still though nobody had told
// it to.
type stall struct {
	// Wall is when it began, in seconds of the page, and Time where in the media.
	Wall, Time, Seconds float64
	// Dry is for how many of the seconds the player had no media to go on with.
	// For the others it had, and the machine was too slow to decode or to show it.
	Dry     float64
	Picture string
}

// dry is for how long a player had nothing to play.
func (r *played) dry() float64 {
	sum := 0.0
	for _, s := range r.Stalls {
		sum += s.Dry
	}
	return sum
}

// stood is for how long a player's clock stood still.
func (r *played) stood() float64 {
	sum := 0.0
	for _, s := range r.Stalls {
		sum += s.Seconds
	}
	return sum
}

// watchable is whether a control plays well enough to be compared with.
func (r *played) watchable() bool { return r.stood() <= 5 && r.Jump <= leap(r) }

// strain is for how long the machine alone makes such a player stand still: what
// its control stood still for; without a control, what it did before the first ad.
func (r *played) strain() float64 {
	if r.Control != nil {
		return r.Control.stood()
	}
	isAd := func(at shown) bool { return !slices.Contains([]string{"nothing", "black", "content"}, at.Picture) }
	first := slices.IndexFunc(r.Timeline, isAd)
	if first < 0 {
		return 0
	}
	sum := 0.0
	for _, s := range r.Stalls {
		if s.Wall+s.Seconds < r.Timeline[first].Wall {
			sum += s.Seconds
		}
	}
	return sum
}

// slowness are the errors that hls.js reports, and goes on, where the clock stands
// still. Holes it reports by another name, and what it does about them is a leap;
// how long it had nothing to play is judged by itself.
var slowness = []string{"error bufferStalledError", "error bufferNudgeOnStall"}

// faults are what a viewer would have noticed and the machine is not to blame for:
// what the same player does on the same content without ads at the same time is no
// fault, and neither is a picture that stands still in front of media.
func (r *played) faults() []string {
	var list []string
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if r.Crash != "" || r.Error != "" {
		fault("crash %q, media error %q", r.Crash, r.Error)
	}
	var control played
	if r.Control != nil {
		control = *r.Control
	}
	for _, line := range r.Errors {
		kind := func(line string) string {
			return strings.Join(strings.Fields(line)[:min(2, len(strings.Fields(line)))], " ")
		}
		same := func(other string) bool { return kind(other) == kind(line) }
		if !slices.Contains(slowness, kind(line)) && !slices.ContainsFunc(control.Errors, same) {
			fault("reported: %s", line)
		}
	}
	for _, line := range slices.Concat(r.Failures, r.Console) {
		fault("reported: %s", line)
	}
	if dry, most := r.dry(), 1+2*r.strain(); dry > most {
		fault("it had nothing to play for %.2f s, more than %.2f s: %v", dry, most, r.Stalls)
	}
	if most := leap(r); r.Jump > most {
		fault("the clock leapt by %.2f s, more than %.2f s", r.Jump, most)
	}
	if r.AudioBytes == 0 {
		fault("no sound was decoded")
	}
	if r.Frames == 0 {
		fault("no picture was decoded")
	} else if share := control.dropped(); r.Control != nil && r.dropped() > 0.2+2*share {
		fault("%.0f %% of the frames were dropped, and %.0f %% of the control's", 100*r.dropped(), 100*share)
	}
	return list
}

// dropped is the share of frames that came too late to be shown.
func (r *played) dropped() float64 {
	return float64(r.Dropped) / float64(max(1, r.Frames))
}

// TestFaults holds the verdict on what a player did to what it must say: faults of
// a stream are seen whatever the machine does, and a slow machine is no fault.
func TestFaults(t *testing.T) {
	timeline := []shown{{Wall: 2, Time: 10, Picture: "content"}, {Wall: 12, Time: 20, Picture: "red"}, {Wall: 18, Time: 26, Picture: "content"}}
	fine := played{Timeline: timeline, Frames: 600, AudioBytes: 1}
	for _, tc := range []struct {
		name    string
		change  func(r *played)
		control *played
		want    int
	}{
		{"nothing happens", func(*played) {}, nil, 0},
		{"a hole at the splice", func(r *played) { r.Jump = 1.9 }, nil, 1},
		{"hls.js seeks over a hole", func(r *played) { r.Errors = []string{"error bufferSeekOverHole"} }, nil, 1},
		{"a fatal stall", func(r *played) { r.Errors = []string{"fatal bufferStalledError"} }, nil, 1},
		{"a slow decoder", func(r *played) {
			r.Errors = []string{"error bufferStalledError stalling at 20.1 (1.5 s)"}
			r.Stalls = []stall{{Wall: 12, Time: 20, Seconds: 2.7, Picture: "red"}}
		}, nil, 0},
		{"media that come late at the splice", func(r *played) { r.Stalls = []stall{{Wall: 12, Time: 20, Seconds: 2, Dry: 1.5}} }, nil, 1},
		{"and before it too", func(r *played) {
			r.Stalls = []stall{{Wall: 5, Time: 13, Seconds: 1, Dry: 1}, {Wall: 12, Time: 20, Seconds: 2, Dry: 1.5}}
		}, nil, 0},
		{"media that come late, and the control's don't", func(r *played) { r.Stalls = []stall{{Wall: 12, Seconds: 2, Dry: 1.5}} }, &fine, 1},
		{"the control's come late too", func(r *played) { r.Stalls = []stall{{Wall: 12, Seconds: 2, Dry: 1.5}} },
			&played{Stalls: []stall{{Wall: 14, Seconds: 0.5, Dry: 0.5}}}, 0},
		{"a request that fails", func(r *played) { r.Failures = []string{"404 http://x/1.ts"} }, nil, 1},
		{"shaka can't append", func(r *played) { r.Errors = []string{"shaka severity 2 code 3016"} }, &fine, 1},
		{"playlists time out, the control's too", func(r *played) { r.Errors = []string{"error levelLoadTimeOut"} },
			&played{Errors: []string{"error levelLoadTimeOut"}}, 0},
		{"pictures that come too late to be shown", func(r *played) { r.Dropped = 300 }, &fine, 1},
		{"the control's too", func(r *played) { r.Dropped = 300 }, &played{Frames: 600, Dropped: 200}, 0},
		{"silence", func(r *played) { r.AudioBytes = 0 }, nil, 1},
		{"a decoder's error", func(r *played) { r.Error = "PIPELINE_ERROR_DECODE" }, nil, 1},
	} {
		r := fine
		r.Control = tc.control
		tc.change(&r)
		if got := r.faults(); len(got) != tc.want {
			t.Errorf("%s: %d faults %q, want %d", tc.name, len(got), got, tc.want)
		}
	}
}
