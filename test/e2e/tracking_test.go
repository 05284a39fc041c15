//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/stitch/trackdoc/trackdoctest"
)

// TestMediaTailorModule: shaka-player's MediaTailor module starts a session, reads the
// tracking document with every manifest, and tells of each ad and calls its URLs while
// that ad is on screen; stitcher calls none of them.
func TestMediaTailorModule(t *testing.T) {
	t.Parallel()
	takeScreen(t)
	p := startDemo(t, onDemand)
	pod := podFor(shortAvail)
	for name, c := range map[string]struct{ stream, manifests string }{
		"hls":  {"/live/cmaf/index.m3u8", "/v1/master/"},
		"dash": {"/live/cmaf/index.mpd", "/v1/dash/"},
	} {
		t.Run(name, func(t *testing.T) {
			address := p.awaitProfile(t, withQuery(everyone(p.stream(t, c.stream)), "window=60"))
			session := strings.Replace(address, c.manifests, "/v1/session/", 1)
			if session == address {
				t.Fatalf("no session URL for %s", address)
			}
			r := play(t, p.cueURL(shortAvail), playCase{Name: "mediatailor-" + name, Player: "mediatailor", Src: session, Want: oneAvail(pod)})[0]
			checkScreen(t, &r, oneAvail(pod)...)
			if len(r.Sessions) != 1 || len(r.Errors) > 0 || len(r.Failures) > 0 {
				t.Fatalf("sessions %v, errors %q, failures %q", r.Sessions, r.Errors, r.Failures)
			}
			checkAdEvents(t, &r, pod)
			checkCalled(t, p, r.Sessions[0], pod)
			base, _, _ := strings.Cut(address, c.manifests)
			_, label, _ := strings.Cut(address, c.manifests)
			parts := strings.Split(label, "/")
			body, err := fetch(t.Context(), base+"/v1/tracking/"+parts[0]+"/"+parts[1]+"/"+r.Sessions[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := trackdoctest.Check(body); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkAdEvents fails unless the module told of every ad in order, each while it was on
// screen: the player's clock and the document's have one zero.
func checkAdEvents(t *testing.T, r *played, pod []string) {
	t.Helper()
	var got, want []string
	for _, e := range r.Ads {
		if e.Event == "ad-cue-points-changed" {
			continue
		}
		got = append(got, e.Event)
		if e.Event != "ad-started" {
			continue
		}
		ad := pod[min(strings.Count(strings.Join(got, " "), "ad-started"), len(pod))-1]
		at := slices.IndexFunc(r.Timeline, func(s shown) bool { return s.Picture == ad })
		// The picture is looked at ten times a second, timeupdate comes four times.
		if at < 0 || math.Abs(r.Timeline[at].Time-e.Time) > 1 {
			t.Errorf("%s (%q) began at %.2f, on screen: %v", ad, e.Title, e.Time, r.Timeline)
		}
	}
	for range pod {
		want = append(want, "ad-impression", "ad-started", "ad-first-quartile", "ad-midpoint", "ad-third-quartile", "ad-complete")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the module told\n%v, want\n%v", got, want)
	}
}

// checkCalled fails unless the ad server was called once for every event of a pod, by the
// player.
func checkCalled(t *testing.T, p adServer, session string, pod []string) {
	t.Helper()
	count := map[string]int{}
	for _, b := range awaitBeacons(t, p, session, pod) {
		count[beaconName(b)]++
		if b.Headers["X-Device-Ip"] != "" || !strings.Contains(b.Headers["User-Agent"], "Mozilla") {
			t.Errorf("%s was not called by the player: %v", beaconName(b), b.Headers)
		}
	}
	for name, n := range count {
		if n != 1 {
			t.Errorf("%s was called %d times", name, n)
		}
	}
}
