package report

import (
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store/rollup"
)

// TestAccount: the unfilled time by reason is the total, and what is filled and what
// is not make up the avail.
func TestAccount(t *testing.T) {
	s := &playback.Session{Configuration: "c", Protocol: playback.HLS, Class: playback.Phone, Reporting: "server"}
	x := avail.Account{Duration: 30_000_000, Filled: 28_000_000, Slate: 2_000_000, Shown: 2, Unfilled: []avail.Share{
		{Reason: avail.CreativeTranscoding, Duration: 1_500_000}, {Reason: avail.PodShort, Duration: 500_000},
	}}
	sums, reasons := map[string]int64{}, map[string]int64{}
	for _, a := range Account(s, &x, time.Unix(7, 0)) {
		g := rollup.ParseGroup(a.Group)
		if g[configuration] != "c" || g[device] != "phone" || a.At != 7_000_000 {
			t.Errorf("group %v at %d", g, a.At)
		}
		sums[a.Measure] += a.N
		if a.Measure == "unfilledMs" {
			reasons[g[reason]] += a.N
		}
	}
	if sums["avails"] != 1 || sums["availMs"] != 30_000 || sums["filledMs"]+sums["unfilledMs"] != 30_000 || sums["adsServed"] != 2 || sums["slateMs"] != 2000 {
		t.Errorf("sums %v", sums)
	}
	if reasons["creative_transcoding"]+reasons["pod_short"] != sums["unfilledMs"] || reasons["pod_short"] != 500 {
		t.Errorf("by reason %v of %v", reasons, sums)
	}
}

// TestDecision: each returned ad counts once, planned or skipped, with its identity.
func TestDecision(t *testing.T) {
	d := avail.Decision{
		Asked: true, Requested: 30_000_000,
		Items: []avail.Item{{Duration: 10_000_000, Ad: &avail.Ad{ID: "a", Advertiser: "v", Campaign: "c", Duration: 10_010_000}}, {Kind: avail.SlateItem, Duration: 5}},
		Skips: []avail.Skip{{AdID: "b", Duration: 15_000_000, Reason: avail.AdTooLong}},
	}
	sums, byAd := map[string]int64{}, map[string]int64{}
	for _, a := range Decision(&playback.Session{}, &d) {
		g := rollup.ParseGroup(a.Group)
		sums[a.Measure] += a.N
		if a.Measure == "adsReturned" {
			byAd[g[ad]+" "+g[advertiser]+" "+g[campaign]+" "+g[reason]] += a.N
		}
	}
	for name, want := range map[string]int64{"adRequests": 1, "adsReturned": 2, "adsPlanned": 1, "returnedMs": 25_010, "readyMs": 10_000, "requestedMs": 30_000} {
		if sums[name] != want {
			t.Errorf("%s is %d, want %d", name, sums[name], want)
		}
	}
	if byAd["a v c "] != 1 || byAd["b   ad_too_long"] != 1 {
		t.Errorf("by ad %v", byAd)
	}
}
