//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shortAvail is long enough for two of the demo's ads, which last for 16 s, and for
// a start that is late by a segment or two: where the machine is slow, the decision
// comes late, and the pod begins after what has been published.
const shortAvail = 20 * time.Second

// podFor is what the demo's ad server has for an avail of a length.
func podFor(avail time.Duration) []string {
	if avail == shortAvail {
		return []string{"red", "blue"}
	}
	return pods[""]
}

// pods are what the demo's ad server has for an avail of 30 s, by audience;
// wrapped are the ads behind a wrapper.
var (
	pods = map[string][]string{
		"":       {"red", "blue", "purple"},
		"sports": {"orange", "red", "blue"},
	}
	wrapped = []string{"blue"}
	// lengths are how long the creatives last, in seconds.
	lengths = map[string]float64{"red": 6, "blue": 10, "purple": 14, "orange": 14}
)

// podOf is the pod that a viewer of a stream gets.
func podOf(t *testing.T, stream string) []string {
	t.Helper()
	u, err := url.Parse(stream)
	if err != nil {
		t.Fatal(err)
	}
	return pods[u.Query().Get("ads.segment")]
}

// events are what every ad reports, in the order it happens.
var events = []string{"impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"}

// wantBeacons are the beacons of a pod, as "ad hop event".
func wantBeacons(pod []string) []string {
	var list []string
	for _, ad := range pod {
		for _, event := range events {
			list = append(list, ad+" inline "+event)
			if slices.Contains(wrapped, ad) {
				list = append(list, ad+" wrapper "+event)
			}
		}
	}
	return list
}

func beaconName(e entry) string {
	return e.Query["ad"] + " " + e.Query["hop"] + " " + e.Query["event"]
}

// adServer is one that tells what it received of a session.
type adServer interface {
	received(t *testing.T, session string) (requests, beacons []entry)
}

// awaitBeacons waits until every beacon of a pod has come for a session's newest
// avail, and returns all that came for it. No avail may be asked for twice. An older
// one may be in the window when the session begins, and some players fetch a segment
// of it to find out about the stream.
func awaitBeacons(t *testing.T, p adServer, session string, pod []string) []entry {
	t.Helper()
	var beacons []entry
	within(t, patience, "all beacons of session "+session+" have come", func() error {
		var requests []entry
		requests, beacons = p.received(t, session)
		asked := make(map[string]int)
		for _, r := range requests {
			event := r.Query["event"]
			if asked[event]++; asked[event] > 1 {
				t.Fatalf("session %s asked twice for the ads of event %q: %+v", session, event, requests)
			}
		}
		if len(requests) == 0 {
			return errors.New("no ads have been asked for")
		}
		newest := strconv.FormatInt(requests[len(requests)-1].Number, 10)
		beacons = slices.DeleteFunc(beacons, func(b entry) bool { return b.Query["req"] != newest })
		var got []string
		for _, b := range beacons {
			got = append(got, beaconName(b))
		}
		for _, want := range wantBeacons(pod) {
			if !slices.Contains(got, want) {
				return fmt.Errorf("%q is missing in %q, after %d requests for ads", want, got, len(requests))
			}
		}
		return nil
	})
	return beacons
}

// checkBeacons fails unless every beacon of a pod came exactly once, those of
// each ad in order, and told about the viewer.
func checkBeacons(t *testing.T, p adServer, session string, pod []string) {
	t.Helper()
	var ads []string
	last := make(map[string]int)
	count := make(map[string]int)
	for _, b := range awaitBeacons(t, p, session, pod) {
		name := beaconName(b)
		if count[name]++; count[name] > 1 {
			t.Errorf("%q came %d times", name, count[name])
		}
		ad, event := b.Query["ad"], b.Query["event"]
		if event == "error" {
			t.Errorf("an ad reported an error: %+v", b)
			continue
		}
		if !slices.Contains(ads, ad) {
			ads = append(ads, ad)
		}
		track := ad + b.Query["hop"]
		if at := slices.Index(events, event); at < last[track] {
			t.Errorf("%q came after %s", name, events[last[track]])
		} else {
			last[track] = at
		}
		if b.Headers["User-Agent"] == "" || b.Headers["X-Forwarded-For"] == "" || b.Headers["X-Device-Ip"] == "" || b.Headers["X-Device-User-Agent"] == "" {
			t.Errorf("%q does not say who watched: %v", name, b.Headers)
		}
		if strings.ContainsAny(b.Query["cb"], "[]") || b.Query["cb"] == "" {
			t.Errorf("%q has its macro left: cb=%q", name, b.Query["cb"])
		}
	}
	if !slices.Equal(ads, pod) {
		t.Errorf("the ads of session %s began in the order %v, want %v", session, ads, pod)
	}
}
