package pods

import (
	"fmt"
	"strings"
	"testing"

	"stitcher/internal/avail"
)

// TestFit: what no longer fits is dropped whole, the slate under an ad of the
// player with its ad.
func TestFit(t *testing.T) {
	ad := func(id string, seconds int64) avail.Item {
		return avail.Item{Asset: id, Duration: seconds * 1_000_000, Ad: &avail.Ad{ID: id}}
	}
	player := func(id string, seconds int64) avail.Item {
		it := ad(id, seconds)
		it.Kind = avail.PlayerItem
		return it
	}
	more := avail.Item{Asset: "more", Kind: avail.PlayerItem, Duration: 5_000_000}
	on := more
	on.Asset = "on"
	items := []avail.Item{ad("a", 10), player("x", 5), more, player("y", 5), more, on, ad("b", 5)}
	for left, want := range map[int64]string{
		45: "a x more y more on b", 40: "a x more y more on b", 39: "a x more y more on -b:5",
		34: "a x more b -y:15", 24: "a x more -y:15 -b:5", 19: "a b -x:10 -y:15", 9: "b -a:10 -x:10 -y:15", 4: "-a:10 -x:10 -y:15 -b:5",
	} {
		d := avail.Decision{Items: items}
		Fit(&d, left*1_000_000, true)
		var got []string
		for _, it := range d.Items {
			got = append(got, it.Asset)
		}
		for _, s := range d.Skips {
			got = append(got, fmt.Sprintf("-%s:%d", s.AdID, s.Duration/1_000_000))
			if s.Reason != avail.AdsLate {
				t.Errorf("%d s: %s", left, s.Reason)
			}
		}
		if list := strings.Join(got, " "); list != want {
			t.Errorf("%d s: got  %s\nwant %s", left, list, want)
		}
	}
}

// TestFitBreakEvents: what a VMAP break tells of its beginning and end goes with
// the first and the last ad that are left.
func TestFitBreakEvents(t *testing.T) {
	ad := func(event string, seconds int64) avail.Item {
		return avail.Item{Duration: seconds * 1_000_000, Ad: &avail.Ad{Tracking: map[string][]string{event: {"http://b/" + event}}}}
	}
	items := []avail.Item{ad("breakStart", 20), ad("start", 5), ad("complete", 5), ad("breakEnd", 20)}
	d := avail.Decision{Items: items}
	Fit(&d, 10_000_000, false)
	if len(d.Items) != 2 || len(d.Items[0].Ad.Tracking["breakStart"]) != 1 || len(d.Items[1].Ad.Tracking["breakEnd"]) != 1 {
		t.Errorf("left %+v", d.Items)
	}
}

// TestFitNothing: a short pod of which no ad fits any more is none: neither do its
// bumpers stand there alone, nor is it short.
func TestFitNothing(t *testing.T) {
	for name, late := range map[avail.Reason]bool{avail.AdsLate: true, avail.AdTooLong: false} {
		clip := avail.Item{Kind: avail.BumperItem, Asset: "clip", Duration: 2_000_000}
		d := avail.Decision{Reason: avail.PodShort, Items: []avail.Item{clip, {Asset: "a", Duration: 6_000_000, Ad: &avail.Ad{ID: "a"}}, clip}}
		Fit(&d, 5_000_000, late)
		if len(d.Items) != 0 || d.Reason != name || len(d.Skips) != 1 || d.Skips[0].AdID != "a" {
			t.Errorf("%d items, %s, skips %+v", len(d.Items), d.Reason, d.Skips)
		}
	}
}
