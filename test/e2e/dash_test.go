//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"stitcher/internal/lint"
	"stitcher/internal/lint/findings"
	"stitcher/internal/manifest/dash/check/listing"
)

// liveMPD are the addresses of the live channel's MPD: with ads, and as its origin has
// it.
func (p *program) liveMPD(t *testing.T) (address, control string) {
	t.Helper()
	return p.awaitProfile(t, withQuery(p.stream(t, "/live/cmaf/index.mpd"), "window=60")), p.demo + "/live/cmaf/index.mpd"
}

// TestDASH: three players see the right ads of a live MPD, and content after them, each
// beside one that plays the origin's own MPD.
func TestDASH(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	p := startDemo(t, onDemand)
	pod := podFor(shortAvail)
	want := oneAvail(pod)
	t.Run("three breaks", func(t *testing.T) { threeBreaks(t, p) })
	// video.js comes first, because fewer Periods are in the window.
	for _, player := range []string{"videojs", "dashjs", "shaka"} {
		t.Run(player, func(t *testing.T) {
			address, control := p.liveMPD(t)
			if player == "videojs" {
				awayFromPeriods(t, control, 18*time.Second)
			}
			cases := []playCase{{Name: "dash-" + player, Player: player, Src: address, Control: control, Want: want}}
			if player != "dashjs" { // which begins anew at each Period without changeType, whoever made it
				cases = append(cases, playCase{Name: "dash-old-" + player, Player: player, Src: address, Want: want, Old: true})
			}
			for _, r := range play(t, p.cueURL(shortAvail), cases...) {
				checkSmooth(t, &r)
				checkScreen(t, &r, want...)
				if len(r.Sessions) != 1 {
					t.Fatalf("the player had sessions %v, want one", r.Sessions)
				}
				checkBeacons(t, p, r.Sessions[0], pod)
			}
		})
	}
	t.Run("film", func(t *testing.T) {
		address := p.awaitProfile(t, p.stream(t, "/vod/cmaf/index.mpd"))
		var cases []playCase
		for _, player := range []string{"dashjs", "shaka"} {
			cases = append(cases, playCase{Name: "film-" + player, Player: player, Src: address, Control: p.demo + "/vod/cmaf/index.mpd", Want: oneAvail(podOf(t, address))})
		}
		for _, r := range play(t, "", cases...) {
			checkSmooth(t, &r)
			checkScreen(t, &r, oneAvail(podOf(t, address))...)
		}
	})
}

// threeBreaks has each player play through three avails that follow each other, so that
// several are in one MPD.
func threeBreaks(t *testing.T, p *program) {
	const breaks = 3
	// Long enough for one ad of six seconds and a start that is late.
	const avail = 10 * time.Second
	pod := []string{"red"}
	want := oneAvail(pod)
	for range breaks - 1 {
		want = append(want, oneAvail(pod)[1:]...)
	}
	address, _ := p.liveMPD(t)
	var cases []playCase
	for _, player := range []string{"dashjs", "shaka", "videojs"} {
		cases = append(cases, playCase{Name: "dash-breaks-" + player, Player: player, Src: address, Want: want})
	}
	for _, r := range playAvails(t, p.cueURL(avail), breaks, cases...) {
		t.Run(r.Name, func(t *testing.T) {
			checkSmooth(t, &r)
			checkScreen(t, &r, want...)
			if len(r.Sessions) != 1 {
				t.Fatalf("the player had sessions %v, want one", r.Sessions)
			}
			checkBeacons(t, p, r.Sessions[0], pod) // of the last avail
		})
	}
}

// awayFromPeriods waits until a player that joins so far behind the edge of an MPD joins
// well within a Period. Where its first picture and its first sound are in different
// Periods, VHS waits for each with the other, until both have left the window (its
// shouldFixBadTimelineChanges leaves out the first change of timeline).
func awayFromPeriods(t *testing.T, mpd string, behind time.Duration) {
	t.Helper()
	const margin = 6 * time.Second // a browser starts, an MPD and a segment are loaded
	within(t, patience, "the place to join is well within a Period", func() error {
		text, err := fetch(t.Context(), mpd)
		if err != nil {
			return err
		}
		list, _ := listing.Read(text, listing.Options{})
		place := time.Now().Add(-behind).UnixMicro()
		for _, period := range list.Periods {
			if d := place - list.AvailabilityStart - period.Start; max(d, -d) < margin.Microseconds() {
				return fmt.Errorf("Period %s begins %d us before it", period.ID, d)
			}
		}
		return nil
	})
}

// TestDASHRules: a strict client of a live MPD meets no broken rule over an avail that the
// client of the origin's own MPD does not meet at the same time, and none in the film. It
// reads every segment.
func TestDASHRules(t *testing.T) {
	t.Parallel()
	p := startDemo(t, onDemand)
	address, control := p.liveMPD(t)
	const length = 75 * time.Second
	var reports [2]findings.Report
	var wg sync.WaitGroup
	for i, url := range []string{address, control} {
		wg.Go(func() {
			var err error
			if reports[i], err = lint.Run(t.Context(), lint.Options{URL: url, For: length}, t.Output()); err != nil {
				t.Error(err)
			}
		})
	}
	p.cue(t, shortAvail)
	wg.Wait()
	theirs := map[string]bool{}
	for _, f := range reports[1].Findings {
		theirs[f.Rule] = true
	}
	for _, f := range reports[0].Findings {
		if !theirs[f.Rule] {
			t.Errorf("%s (the origin breaks only %v)", f, slices.Sorted(maps.Keys(theirs)))
		}
	}
	if n := reports[0].Discontinuities; n < 2 {
		t.Errorf("%d Periods were new, want an ad's and content after it", n)
	}
	film, err := lint.Run(t.Context(), lint.Options{URL: p.stream(t, "/vod/cmaf/index.mpd"), For: length}, t.Output())
	if err != nil || film.Violations() > 0 || film.Fetched == 0 {
		t.Errorf("the film: %v, %d violations, %d segments", err, film.Violations(), film.Fetched)
	}
}
