package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// indices are the [avail.index] of the ad requests, in order, for each how often.
func (w *world) indices() string {
	w.ads.mu.Lock()
	defer w.ads.mu.Unlock()
	var list []string
	for _, query := range slices.Sorted(maps.Keys(w.ads.calls)) {
		if index, ok := strings.CutPrefix(query, "i="); ok {
			list = append(list, fmt.Sprintf("%s×%d", index, w.ads.calls[query]))
		}
	}
	return fmt.Sprint(list)
}

// TestAvailIndex: an ad request says how many avails of the stream came before its
// own since the session started, also where several are decided at once, and
// after a restart (reference §4.2). A pre-roll is none of the stream's.
func TestAvailIndex(t *testing.T) {
	t.Parallel()
	at := func(r *rendition, starts ...time.Duration) *rendition {
		for _, start := range starts {
			r.avail(start, 8*sec)
		}
		return r
	}
	for _, c := range []struct {
		name     string
		video    func() *rendition
		extra    []any
		prefetch bool
		reopen   time.Duration
		until    time.Duration
		want     string
	}{
		{
			name: "an asset", want: "[0×1 1×1 2×1]", until: sec,
			video: func() *rendition {
				v := lay("v0.m3u8", "video", 100*sec, 4*sec)
				v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
				return at(v, 16*sec, 40*sec, 64*sec)
			},
		},
		{
			name: "live, after a pre-roll", want: "[0×1 1×1]", until: 90 * sec, reopen: 60 * sec,
			extra: []any{"LivePreRollConfiguration", preRoll(5)},
			video: func() *rendition { return at(video("v0.m3u8"), 120*sec, 164*sec) },
		},
		{
			// Asked at the start, for the first avail, and after each for the next.
			name: "prefetched", want: "[0×1 1×1 2×1]", until: 90 * sec, prefetch: true,
			video: func() *rendition { return at(video("v0.m3u8"), 120*sec, 160*sec) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", append(c.extra, "AdDecisionServerUrl", "http://ads.example/vast?i=[avail.index]")...)
				w.newChannel(c.video()).serve("origin.example")
				if c.prefetch {
					w.schedule("p", `{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{}}}`, 5*sec, 100*sec)
				}
				p := w.join("master.m3u8")
				for p.poll(); w.now() < c.until && !t.Failed(); p.poll() {
					if c.reopen != 0 && w.now() >= c.reopen {
						w.reopen()
						c.reopen = 0
					}
					w.until(w.now() + sec)
				}
				if got := w.indices(); got != c.want {
					t.Errorf("asked with %s, want %s", got, c.want)
				}
			})
		})
	}
}
