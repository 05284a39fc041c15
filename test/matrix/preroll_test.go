package matrix

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// preRoll configures a pre-roll of so many seconds at most.
func preRoll(seconds int) map[string]any {
	return map[string]any{
		"AdDecisionServerUrl": "http://ads.example/pre?d=[session.avail_duration_secs]", "MaxDurationSeconds": seconds,
	}
}

// TestPreRoll: a live session begins with ads, two target durations behind the
// live edge, and what avails it then meets is filled as far as the pre-roll
// leaves it (reference §3.5).
func TestPreRoll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		at     time.Duration // where the avail is, from the session's start
		length time.Duration
		query  string
		ads    float64
	}{
		{"no avail near", 40 * sec, 20 * sec, "", 35},
		{"disabled by the player", 40 * sec, 20 * sec, "?aws.preroll=disabled", 20},
		{"avail soon after", 20 * sec, 20 * sec, "", 35},
		// The live edge is at -4 s; the pre-roll runs from -12 s to 3 s, and
		// content returns at 4 s.
		{"avail under it", -8 * sec, 8 * sec, "", 15},
		{"avail begins in it", 0, 20 * sec, "", 30},
		{"avail begins before it", -24 * sec, 40 * sec, "", 15},
		{"avail begins where it does", -12 * sec, 8 * sec, "", 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", "LivePreRollConfiguration", preRoll(15))
				x := w.newChannel(video("v0.m3u8").avail(100*sec+c.at, c.length), video("v1.m3u8").avail(100*sec+c.at, c.length), audio("a0.m3u8"))
				x.serve("origin.example")
				p := w.join("master.m3u8" + c.query).follow(90 * sec)
				p.wantAds(c.ads)
			})
		})
	}
}

// TestPreRollWithoutAds: an ad server that has nothing, or does not answer, costs
// a session its pre-roll and nothing else.
func TestPreRollWithoutAds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(w *world)
	}{
		{"empty", func(w *world) { w.ads.answer = empty }},
		{"silent", func(w *world) { w.ads.answer = silent }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				c.set(w)
				w.configure(originURL+"/live", "LivePreRollConfiguration", preRoll(15))
				w.newChannel(video("v0.m3u8"), audio("a0.m3u8")).serve("origin.example")
				w.join("master.m3u8").follow(40 * sec).wantAds(0)
			})
		})
	}
}

// TestPreRollKilled: a process that starts again in or after the pre-roll goes
// on with it.
func TestPreRollKilled(t *testing.T) {
	t.Parallel()
	for _, at := range []int{1, 3, 8, 10, 14, 30} {
		t.Run(fmt.Sprint(at, " s"), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", "LivePreRollConfiguration", preRoll(15))
				w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
				p := w.join("master.m3u8")
				for n := 1; w.now() < 80*sec && !t.Failed(); n++ {
					p.poll()
					if n == at {
						w.reopen()
					}
					w.until(w.now() + sec)
				}
				p.wantAds(35)
			})
		})
	}
}

// TestSuppression: what suppression leaves of an avail (reference §3.6).
func TestSuppression(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		query string
		at    time.Duration
		ads   float64
	}{
		{"off", "", 20 * sec, 20},
		{"behind: an old avail", "?aws.availSuppressionMode=BEHIND_LIVE_EDGE&aws.availSuppressionValue=00:00:10", -32 * sec, 0},
		{"behind: a young avail", "?aws.availSuppressionMode=BEHIND_LIVE_EDGE&aws.availSuppressionValue=00:00:10", -4 * sec, 20},
		{"behind: one to come", "?aws.availSuppressionMode=BEHIND_LIVE_EDGE&aws.availSuppressionValue=00:00:00", 12 * sec, 20},
		{"after: one before", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:30", 12 * sec, 0},
		{"after: one after", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:30", 40 * sec, 20},
		{"after: the rest of one", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:20&aws.availSuppressionFillPolicy=PARTIAL_AVAIL", 12 * sec, 15},
		{"after: nothing left", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:01:00&aws.availSuppressionFillPolicy=PARTIAL_AVAIL", 12 * sec, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				x := w.newChannel(video("v0.m3u8").avail(100*sec+c.at, 20*sec), audio("a0.m3u8"))
				x.serve("origin.example")
				w.join("master.m3u8" + c.query).follow(90 * sec).wantAds(c.ads)
			})
		})
	}
}

// TestPreRollTime: the content's time in a pre-roll's ad request is that of the
// playlist's first segment (user guide, variables-session).
func TestPreRollTime(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL+"/live", "LivePreRollConfiguration", map[string]any{
			"AdDecisionServerUrl": "http://ads.example/pre?t=[avail.source_content_time_epoch_ms]", "MaxDurationSeconds": 15,
		})
		w.newChannel(video("v0.m3u8"), audio("a0.m3u8")).serve("origin.example")
		w.until(120 * sec) // dates that can be told begin with the world
		text := w.get(w.join("master.m3u8").urls[0]).Body.String()
		_, rest, _ := strings.Cut(text, "#EXT-X-PROGRAM-DATE-TIME:")
		date, _, _ := strings.Cut(rest, "\n")
		first, err := time.Parse(time.RFC3339, date)
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if got, want := fmt.Sprint(w.ads.calls), fmt.Sprintf("map[t=%d:1]", first.UnixMilli()); got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
}
