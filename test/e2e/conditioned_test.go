//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// filmAvail is when the film has room for ads, in seconds.
const filmAvail = 16

// TestConditioned plays ads that are HLS or DASH already, under
// AdConditioningConfiguration NONE (mediatailor.md §5.4): one whose shape fits
// the content is spliced untouched, and one whose shape doesn't is passed over
// with its reason. Either kind is played in sessions of both.
func TestConditioned(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	s, ready := serveConditioned(t)
	p := startDemo(t, onDemand)
	ready()
	p.configure(t, map[string]any{
		"Name": "conditioned", "VideoContentSourceUrl": p.demo, "AdDecisionServerUrl": s.template(),
		"AdConditioningConfiguration": map[string]string{"StreamingMediaFileConditioning": "NONE"},
	})
	address := func(part, format, offer string) string {
		address := strings.Replace(p.stream(t, part), "/demo/", "/conditioned/", 1)
		return p.awaitProfile(t, withQuery(address, "ads.format="+format+"&ads.offer="+offer))
	}
	offered := func(kind, format, offer string) string {
		return address("/"+kind+"/"+format+"/index.m3u8", format, offer)
	}
	for _, format := range []string{"ts", "cmaf"} {
		t.Run("on screen "+format, func(t *testing.T) {
			var cases []playCase
			if format == "ts" {
				cases = append(cases, playCase{Name: "conditioned-misfit", Player: "hls", Src: offered("vod", "ts", "red"),
					Want: []string{"content"}, Steps: []step{{At: "content", For: filmAvail + 4, Do: "nothing"}}})
			} else {
				for name, c := range map[string]struct{ player, part, format string }{
					"dash-in-dash": {"dashjs", "/vod/cmaf/index.mpd", "dash"}, "hls-in-dash": {"shaka", "/vod/cmaf/index.mpd", "cmaf"},
					"dash-in-hls": {"hls", "/vod/cmaf/index.m3u8", "dash"},
				} {
					cases = append(cases, playCase{Name: "conditioned-" + name, Player: c.player, Src: address(c.part, c.format, "red-purple"), Want: oneAvail([]string{"purple"})})
				}
			}
			for _, player := range []string{"hls", "shaka", "videojs"} {
				cases = append(cases, playCase{Name: "conditioned-" + format + "-" + player, Player: player,
					Src: offered("vod", format, "red-purple"), Want: oneAvail([]string{"purple"})})
			}
			// What didn't fit is looked at again after a minute, and meanwhile has
			// another reason: the players come at once.
			for _, c := range cases {
				if !misfits(c.Name) {
					awaitImports(t, p, c.Src)
				}
			}
			for _, r := range play(t, "", cases...) {
				t.Run(r.Name, func(t *testing.T) { checkConditioned(t, p, s, &r) })
			}
		})
	}
	t.Run("live", func(t *testing.T) {
		for _, format := range []string{"ts", "cmaf"} {
			t.Run("strict client "+format, func(t *testing.T) {
				t.Parallel()
				v := watch(t, offered("live", format, "purple")).beside(t, p.demo+"/live/"+format+"/index.m3u8")
				v.pollUntil(t, "content is listed", func() bool { return v.tail(false) > 0 })
				p.cue(t, shortAvail)
				v.pollUntil(t, "ads are listed", func() bool { return v.tail(true) > 0 })
				v.pollUntil(t, "content is back", func() bool { return v.tail(false) > 4 })
				v.report(t)
				checkUntouched(t, v, filepath.Join(s.dir, format, "purple"), format)
				checkBeacons(t, s, v.session, []string{"purple"})
			})
		}
	})
}

// misfits tells whether a play is of an avail for which no ad fits.
func misfits(play string) bool { return strings.HasSuffix(play, "misfit") }

// checkConditioned holds what a player showed to what was offered to it.
func checkConditioned(t *testing.T, p *program, s *conditionedServer, r *played) {
	t.Helper()
	checkSmooth(t, r)
	if len(r.Sessions) != 1 {
		t.Fatalf("the player had sessions %v, want one", r.Sessions)
	}
	checkSkipped(t, p, s, r.Sessions[0], "red")
	if misfits(r.Name) {
		checkScreen(t, r, "content")
		if r.Time < filmAvail+2 {
			t.Errorf("only %.1f s were played", r.Time)
		}
		if _, beacons := s.received(t, r.Sessions[0]); len(beacons) > 0 {
			t.Errorf("an ad that was not shown has reported %+v", beacons)
		}
		return
	}
	checkScreen(t, r, oneAvail([]string{"purple"})...)
	checkBeacons(t, s, r.Sessions[0], []string{"purple"})
	want := float64(filmAvail)
	for _, at := range r.Timeline {
		if at.Picture != "purple" && (at.Picture != "content" || at.Time < 1) {
			continue // what the film begins with
		}
		if want < at.After-0.5 || want > at.Time+0.5 {
			t.Errorf("%s came on between %.2f s and %.2f s, want %.0f s", at.Picture, at.After, at.Time, want)
		}
		want += float64(streamedAds()[0].seconds)
	}
}

// explanation is what GET /api/v1/sessions/{id} says, as far as it is of
// interest here.
type explanation struct {
	Content struct{ Profile, Reason string }
	Avails  []struct {
		Decision struct {
			Items []struct{ Ad struct{ ID string } }
		}
		Skipped []struct {
			AdID, Reason, MediaTailor string
			Streaming                 bool
		}
	}
}

func (p *program) explain(t *testing.T, session string) explanation {
	t.Helper()
	body, err := fetch(t.Context(), p.admin+"/api/v1/sessions/"+session)
	if err != nil {
		t.Fatal(err)
	}
	var x explanation
	if err := json.Unmarshal(body, &x); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return x
}

// awaitProfile waits until it is known what ads must be like in a stream, and returns its
// address. Until then the avails of its sessions are content, and on a busy machine that
// takes longer than a player needs to come to one.
func (p *program) awaitProfile(t *testing.T, address string) string {
	t.Helper()
	session := visit(t, address)
	within(t, patience, "the content profile of "+address+" is known", func() error {
		if x := p.explain(t, session); x.Content.Profile == "" {
			return fmt.Errorf("reason %q", x.Content.Reason)
		}
		return nil
	})
	return address
}

// awaitImports asks in one session after another until the creatives have been
// looked at, and red has been found not to fit: what is seen for the first time is
// never shown.
func awaitImports(t *testing.T, p *program, address string) {
	t.Helper()
	within(t, patience, "the creatives have been looked at", func() error {
		x := p.explain(t, visit(t, address))
		if len(x.Avails) != 1 || len(x.Avails[0].Decision.Items) != 1 || len(x.Avails[0].Skipped) != 1 || x.Avails[0].Skipped[0].Reason != "segment_too_long" {
			return fmt.Errorf("%+v", x)
		}
		return nil
	})
}

// checkSkipped fails unless an ad was passed over in a session's newest avail for
// its segments, which are too long, and the ad server was told.
func checkSkipped(t *testing.T, p *program, s *conditionedServer, session, ad string) {
	t.Helper()
	x := p.explain(t, session)
	if len(x.Avails) == 0 {
		t.Fatalf("session %s has no avail", session)
	}
	list := x.Avails[len(x.Avails)-1].Skipped
	if len(list) != 1 || list[0].AdID != ad || list[0].Reason != "segment_too_long" || !list[0].Streaming {
		t.Fatalf("session %s passed over %+v, want %s for segment_too_long", session, list, ad)
	}
	within(t, patience, "the ad server has heard of "+ad, func() error {
		if told := s.complaints(session); !slices.Equal(told, []string{ad + " 403"}) {
			return fmt.Errorf("errors %q", told)
		}
		return nil
	})
}

// checkUntouched fails unless the ad segments that a client was listed, in each
// rendition, are the creative's own, to the byte and all of them.
func checkUntouched(t *testing.T, v *viewer, dir, format string) {
	t.Helper()
	for i, name := range ladder(format) {
		r, n := v.renditions[i], 0
		for k := range r.last.Segments {
			listed := &r.last.Segments[k]
			if !r.isAd(listed) {
				continue
			}
			checkSame(t, r, listed.URI, filepath.Join(dir, fmt.Sprintf("%s-%d%s", name, n, extension(format))))
			if (listed.Map != nil) != (format == "cmaf") {
				t.Errorf("rendition %s, ad segment %d: initialization section %v", name, n, listed.Map)
			} else if listed.Map != nil {
				checkSame(t, r, listed.Map.URI, filepath.Join(dir, name+"-init.mp4"))
			}
			n++
		}
		if all := streamedAds()[0].seconds / streamedAds()[0].cut; n != all {
			t.Errorf("rendition %s lists %d ad segments, and the creative has %d", name, n, all)
		}
	}
}

func checkSame(t *testing.T, r *rendition, uri, file string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u, err := r.url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fetch(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes are not the %d of %s", u, len(got), len(want), filepath.Base(file))
	}
}
