package matrix

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/playback/prefetch"
)

// schedule makes a prefetch schedule whose times count from the world's start.
func (w *world) schedule(name, body string, times ...time.Duration) {
	w.t.Helper()
	args := make([]any, len(times))
	for i, at := range times {
		args[i] = w.began.Add(at).Unix()
	}
	p, err := prefetch.Parse(configuration, name, fmt.Appendf(nil, body, args...), time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.schedules.Create(context.Background(), p); err != nil {
		w.t.Fatal(err)
	}
}

// asked notes when the ad server is asked, and answers with four ads of 5 s.
type asked struct {
	mu sync.Mutex
	at []time.Duration
}

func (w *world) noteAds() *asked {
	a := &asked{}
	w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at = append(a.at, w.now().Round(sec))
		fmt.Fprint(rw, vast(4, 5))
	}
	return a
}

func (a *asked) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprint(a.at)
}

// TestPrefetch: ads are retrieved once a session in the schedule's window, used
// by the first avail that matches in the window of consumption, and asked for
// again otherwise (reference §1.5). The avails are at 20 s and at 60 s; their first segments are published 4 s
// later.
func TestPrefetch(t *testing.T) {
	t.Parallel()
	const single = `{"Retrieval":{"StartTime":%d,"EndTime":%d,"DynamicVariables":{"avail.index":"7","asset.k":"v"}},"Consumption":{"StartTime":%d,"EndTime":%d%s}}`
	for _, c := range []struct {
		name   string
		body   string
		times  []time.Duration
		reopen time.Duration
		remove time.Duration
		want   string
		counts string
	}{
		{"used", strings.Replace(single, "%s", "", 1), []time.Duration{5 * sec, 15 * sec, 5 * sec, 50 * sec}, 0, 0, "[5s 1m5s]", "retrieved 1 used 1 expired 0"},
		{"used by the second", strings.Replace(single, "%s", "", 1), []time.Duration{5 * sec, 15 * sec, 50 * sec, 80 * sec}, 0, 0, "[5s 25s]", "retrieved 1 used 1 expired 0"},
		{"expired", strings.Replace(single, "%s", "", 1), []time.Duration{5 * sec, 10 * sec, 5 * sec, 15 * sec}, 0, 0, "[5s 25s 1m5s]", "retrieved 1 used 0 expired 1"},
		{"no match", strings.Replace(single, "%s", `,"AvailMatchingCriteria":[{"DynamicVariable":"asset.k","Operator":"EQUALS"}]`, 1), []time.Duration{5 * sec, 15 * sec, 5 * sec, 80 * sec}, 0, 0, "[5s 25s 1m5s]", "retrieved 1 used 0 expired 1"},
		{"a restart between", strings.Replace(single, "%s", "", 1), []time.Duration{5 * sec, 15 * sec, 5 * sec, 80 * sec}, 12 * sec, 0, "[5s 1m5s]", "retrieved 0 used 1 expired 0"},
		{"deleted", strings.Replace(single, "%s", "", 1), []time.Duration{5 * sec, 15 * sec, 5 * sec, 80 * sec}, 0, 12 * sec, "[5s 25s 1m5s]", "retrieved 1 used 0 expired 1"},
		{
			"recurring",
			`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":4}}}`,
			[]time.Duration{5 * sec, 100 * sec}, 0, 0, "[5s 45s 1m25s]", "retrieved 3 used 2 expired 0",
		},
		{
			"recurring, a restart before it is due",
			`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":10}}}`,
			[]time.Duration{5 * sec, 100 * sec}, 45 * sec, 0, "[5s 51s 1m31s]", "retrieved 2 used 1 expired 0",
		},
		{
			"recurring, expired",
			`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{"RetrievedAdExpirationSeconds":10},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":4}}}`,
			[]time.Duration{5 * sec, 100 * sec}, 0, 0, "[5s 25s 45s 1m5s 1m25s]", "retrieved 3 used 0 expired 2",
		},
		{"another stream's", strings.Replace(strings.Replace(single, "%s", "", 1), "{", `{"StreamId":"other",`, 1), []time.Duration{5 * sec, 15 * sec, 5 * sec, 80 * sec}, 0, 0, "[25s 1m5s]", "retrieved 0 used 0 expired 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				a := w.noteAds()
				w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec).avail(160*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
				w.schedule("p", c.body, c.times...)
				p := w.join("master.m3u8")
				for w.now() < 95*sec && !t.Failed() {
					p.poll()
					if c.reopen != 0 && w.now() >= c.reopen {
						w.reopen()
						c.reopen = 0
					}
					if c.remove != 0 && w.now() >= c.remove {
						if err := w.schedules.Delete(t.Context(), configuration, "p"); err != nil {
							t.Error(err)
						}
						c.remove = 0
					}
					w.until(w.now() + sec)
				}
				p.wantAds(40)
				if got := a.String(); got != c.want {
					t.Errorf("the ad server was asked at %s, want %s", got, c.want)
				}
				counts := fmt.Sprintf("retrieved %v used %v expired %v", w.gather("stitcher_prefetches_total", "retrieved"),
					w.gather("stitcher_prefetches_total", "used"), w.gather("stitcher_prefetches_total", "expired"))
				if counts != c.counts {
					t.Errorf("%s, want %s", counts, c.counts)
				}
			})
		})
	}
}

// TestPrefetchIsSpread: two hundred sessions ask the ad server over the whole
// window, each once.
func TestPrefetchIsSpread(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		a := w.noteAds()
		w.newChannel(video("v0.m3u8")).serve("origin.example")
		w.schedule("p", `{"Retrieval":{"StartTime":%d,"EndTime":%d,"TrafficShapingType":"RETRIEVAL_WINDOW","TrafficShapingRetrievalWindow":{"RetrievalWindowDurationSeconds":20}},"Consumption":{"StartTime":%d,"EndTime":%d}}`,
			5*sec, 60*sec, 5*sec, 600*sec)
		var viewers []*client
		for range 200 {
			viewers = append(viewers, w.join("master.m3u8"))
		}
		for w.now() < 40*sec && !t.Failed() {
			for _, v := range viewers {
				w.get(v.urls[0])
			}
			w.until(w.now() + sec)
		}
		perSecond := map[time.Duration]int{}
		for _, at := range a.at {
			perSecond[at]++
			if at < 5*sec || at > 27*sec {
				t.Errorf("asked at %v", at)
			}
		}
		if len(a.at) != 200 {
			t.Errorf("asked %d times", len(a.at))
		}
		for at, n := range perSecond {
			if n > 30 {
				t.Errorf("%d sessions at %v", n, at)
			}
		}
	})
}

// TestPrefetchPrepares: a creative that is new when it is retrieved is prepared
// by the time of its avail. It was new at the avail.
func TestPrefetchPrepares(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.shelf.work = 10 * sec
		w.configure(originURL + "/live")
		w.noteAds()
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		w.schedule("p", `{"Retrieval":{"StartTime":%d,"EndTime":%d},"Consumption":{"StartTime":%d,"EndTime":%d}}`, 5*sec, 15*sec, 5*sec, 50*sec)
		p := w.join("master.m3u8")
		for w.now() < 60*sec && !t.Failed() {
			p.poll()
			w.until(w.now() + sec)
		}
		p.wantAds(20)
	})
}
