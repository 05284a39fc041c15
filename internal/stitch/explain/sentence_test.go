package explain

import (
	"testing"
	"time"

	"stitcher/internal/avail"
)

// TestSentence: what a debugger reads first of an avail.
func TestSentence(t *testing.T) {
	d := &avail.Decision{
		Items: []avail.Item{{Duration: 28_000_000}},
		Skips: []avail.Skip{{AdID: "b", Reason: avail.CreativeTranscoding}, {CreativeID: "c", Reason: avail.AdTooLong}, {Reason: avail.NotLinear}},
	}
	const skips = "; ad b skipped: still transcoding; ad c skipped: longer than what was left; ad without an id skipped: not linear"
	for name, c := range map[string]struct {
		a    *avail.Account
		d    *avail.Decision
		want string
	}{
		"filled": {&avail.Account{Duration: 30_000_000, Filled: 30_000_000}, &avail.Decision{}, "30.0 of 30.0 s filled"},
		"slate": {
			&avail.Account{Duration: 30_000_000, Filled: 28_000_000, Slate: 2_000_000, Unfilled: []avail.Share{{Reason: avail.PodShort, Duration: 2_000_000}}}, d,
			"28.0 of 30.0 s filled" + skips + "; 2.0 s slate: the ads are shorter than the avail",
		},
		"slate and content": {
			&avail.Account{Duration: 30_000_000, Filled: 20_000_000, Slate: 4_000_000, Unfilled: []avail.Share{{Reason: avail.AdsLate, Duration: 6_000_000}, {Reason: avail.PodShort, Duration: 4_000_000}}},
			&avail.Decision{},
			"20.0 of 30.0 s filled; 4.0 s slate; 6.0 s content: the decision was late, the ads are shorter than the avail",
		},
		"content":        {&avail.Account{Duration: 30_000_000, Unfilled: []avail.Share{{Reason: avail.AdsTimeout, Duration: 30_000_000}}}, nil, "0.0 of 30.0 s filled; 30.0 s content: the ad server timed out"},
		"under way":      {nil, d, "not over; 28.0 s planned" + skips},
		"without ads":    {nil, &avail.Decision{Reason: avail.AdsEmpty}, "not over; no ads: the ad server returned no ads"},
		"not decided":    {nil, nil, "not decided"},
		"more than five": {nil, &avail.Decision{Reason: avail.AdsEmpty, Skips: make([]avail.Skip, 7)}, "not over; no ads: the ad server returned no ads" + five() + "; 2 more ads skipped"},
	} {
		if got := sentence(c.a, c.d, nil); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, c.want)
		}
	}
}

// TestSentenceOfReadyAds: it tells when a creative that was not ready was, with the day where
// that is not the decision's.
func TestSentenceOfReadyAds(t *testing.T) {
	at := time.Date(2026, 11, 29, 14, 3, 10, 0, time.UTC)
	d := &avail.Decision{Decided: at.Add(-time.Minute).UnixMicro(), Skips: []avail.Skip{
		{AdID: "a", Reason: avail.CreativeTranscoding}, {AdID: "b", Reason: avail.CreativeNew}, {AdID: "c", Reason: avail.CreativeNew},
	}}
	got := sentence(&avail.Account{Duration: 30_000_000}, d, []time.Time{at, at.Add(12 * time.Hour), {}})
	if want := "0.0 of 30.0 s filled; ad a skipped: still transcoding, ready at 14:03:10; ad b skipped: its creative was seen for the first time, ready at 2026-11-30 02:03:10; ad c skipped: its creative was seen for the first time"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func five() string {
	text := ""
	for range maxTold {
		text += "; ad without an id skipped: no reason is recorded"
	}
	return text
}

// TestEveryReasonHasAPhrase: the set of reasons is closed, and each is told in words.
func TestEveryReasonHasAPhrase(t *testing.T) {
	for _, r := range avail.Reasons() {
		if phrases[r] == "" {
			t.Errorf("%s has none", r)
		}
	}
	if len(phrases) != len(avail.Reasons()) {
		t.Errorf("%d phrases for %d reasons", len(phrases), len(avail.Reasons()))
	}
}
