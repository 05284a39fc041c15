package tracking_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/faultrt"
	"stitcher/internal/playback"
	"stitcher/internal/store"
)

// bubble runs a test in virtual time.
func bubble(t *testing.T, w func(*testing.T) *world, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := w(t)
		w.start()
		defer func() { w.end() }()
		f(t, w)
	})
}

func plain(t *testing.T) *world { return newWorld(t) }

func faulty(rules ...faultrt.Rule) func(*testing.T) *world {
	return func(t *testing.T) *world { return newWorld(t, rules...) }
}

// TestOnce pins B-54: repeated and simultaneous segment requests fire once.
func TestOnce(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		w.ad = chain
		w.run()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { w.fire(fmt.Sprint("s", i%5), avail.Impression|avail.Start) })
		}
		wg.Wait()
		w.until("sent", time.Minute, func() bool { return w.backlog() == 0 })
		for i := range 5 {
			w.fire(fmt.Sprint("s", i), avail.Impression|avail.Start)
		}
		time.Sleep(time.Minute)
		want := map[string]int{}
		for i := range 5 {
			for _, u := range []string{"http://a.example/i", "http://b.example/i", "http://a.example/s"} {
				want[fmt.Sprintf("%s?s%d", u, i)] = 1
			}
		}
		if got := w.count(); !reflect.DeepEqual(got, want) {
			t.Errorf("called %v", got)
		}
		if n := w.beacons("impression", "delivered"); n != 10 {
			t.Errorf("the metric says %v impressions", n)
		}
	})
}

// chain pins B-53: every impression URL of the wrapper chain, each once even
// where the chain repeats it.
func chain(s string) (*avail.Ad, error) {
	return &avail.Ad{Tracking: map[string][]string{
		"impression": {"http://a.example/i?" + s, "http://b.example/i?" + s, "http://a.example/i?" + s},
		"start":      {"http://a.example/s?" + s},
	}}, nil
}

// TestRestart: what was delivered stays delivered, the rest is delivered by the
// next process, although the first one died with a claim in its hands.
func TestRestart(t *testing.T) {
	var dead atomic.Bool
	dead.Store(true)
	bubble(t, faulty(faultrt.While(&dead, faultrt.OnHost("b.example", faultrt.Always(faultrt.Fail)))), func(t *testing.T, w *world) {
		w.ad = chain
		w.run()
		for i := range 20 {
			w.fire(fmt.Sprint(i), avail.Impression|avail.Start)
		}
		w.until("half delivered", time.Minute, func() bool { return len(w.called()) == 40 })
		w.end()
		w.start()
		if _, err := w.store.Pending(context.Background(), 5, time.Minute); err != nil {
			t.Fatal(err)
		}
		w.end() // its claims are lost with it
		dead.Store(false)
		w.start()
		w.run()
		w.until("all sent", 10*time.Minute, func() bool { return w.backlog() == 0 })
		for u, n := range w.count() {
			if n != 1 {
				t.Errorf("%s was called %d times", u, n)
			}
		}
		if n := len(w.count()); n != 60 {
			t.Errorf("%d URLs were called, want 60", n)
		}
	})
}

// TestRetry: a host that fails is called again, later and later, and for an
// hour at most.
func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name    string
		rule    faultrt.Rule
		outcome string
		calls   [2]int // that the faults let through, at least and at most
	}{
		{"recovers", faultrt.FirstN(3, faultrt.Status(503)), "delivered", [2]int{1, 1}},
		{"errors recover", faultrt.FirstN(2, faultrt.Fail), "delivered", [2]int{1, 1}},
		{"too many requests", faultrt.FirstN(1, faultrt.Status(429)), "delivered", [2]int{1, 1}},
		{"hangs for ever", faultrt.Always(faultrt.Hang), "gave_up", [2]int{0, 0}},
		{"4xx is final", faultrt.Always(faultrt.Status(404)), "rejected", [2]int{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tries []time.Time
			spy := func(*http.Request) faultrt.Fault { tries = append(tries, time.Now()); return nil }
			bubble(t, faulty(spy, c.rule), func(t *testing.T, w *world) {
				w.run()
				begun := time.Now()
				w.fire("s", avail.Impression)
				w.until("settled", 90*time.Minute, func() bool { return w.backlog() == 0 })
				if n := len(w.called()); n < c.calls[0] || n > c.calls[1] {
					t.Errorf("%d calls arrived", n)
				}
				if n := w.beacons("impression", c.outcome); n != 1 {
					t.Errorf("%s is counted %v times", c.outcome, n)
				}
				took := time.Since(begun)
				switch c.outcome {
				case "gave_up":
					if took < time.Hour || took > 75*time.Minute || len(tries) > 40 {
						t.Errorf("gave up after %s and %d calls", took, len(tries))
					}
				case "rejected":
					if len(tries) != 1 {
						t.Errorf("%d calls", len(tries))
					}
				default:
					if took > 6*time.Minute {
						t.Errorf("delivered after %s", took)
					}
				}
			})
		})
	}
}

// TestOrder: a host sees the events of an ad in order, even where the first
// ones fail.
func TestOrder(t *testing.T) {
	bubble(t, faulty(faultrt.OnHost("a.example", faultrt.FirstN(2, faultrt.Status(500)))), func(t *testing.T, w *world) {
		names := []string{"impression", "start", "firstQuartile", "midpoint", "complete"}
		w.ad = func(string) (*avail.Ad, error) {
			ad := &avail.Ad{Tracking: map[string][]string{}}
			for _, n := range names {
				ad.Tracking[n] = []string{"http://a.example/" + n, "http://b.example/" + n}
			}
			return ad, nil
		}
		w.run()
		w.fire("s", avail.Impression|avail.Start)
		time.Sleep(100 * time.Millisecond)
		w.fire("s", avail.FirstQuartile)
		time.Sleep(100 * time.Millisecond)
		w.fire("s", avail.Midpoint|avail.Complete)
		w.until("sent", 5*time.Minute, func() bool { return w.backlog() == 0 })
		var a, b []string
		for _, u := range w.called() {
			if n, ok := strings.CutPrefix(u, "http://a.example/"); ok {
				a = append(a, n)
			} else {
				b = append(b, strings.TrimPrefix(u, "http://b.example/"))
			}
		}
		if !reflect.DeepEqual(a, names) || !reflect.DeepEqual(b, names) {
			t.Errorf("a saw %v, b saw %v", a, b)
		}
	})
}

// TestEvents: progress, creativeView and loaded are sent once and in their places
// (case 37), those of progress under their offsets.
func TestEvents(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		w.ad = func(string) (*avail.Ad, error) {
			ad := &avail.Ad{
				Duration: 6_000_000, Tracking: map[string][]string{},
				Progress: []avail.Progress{{Offset: "00:00:02", At: 2_000_000}, {Offset: "50%", Part: 500_000}},
			}
			for _, n := range []string{"loaded", "impression", "creativeView", "start", "midpoint", "complete", "progress@00:00:02", "progress@50%", "progress"} {
				ad.Tracking[n] = []string{"http://a.example/" + url.PathEscape(n) + "/[EVENT]"}
			}
			return ad, nil
		}
		w.run()
		ad, _ := w.ad("s")
		for i := range int64(12) { // each of six segments is asked for twice
			e := avail.ProgressIn(ad.Progress, i/2*1_000_000, (i/2+1)*1_000_000, ad.Duration)
			switch i / 2 {
			case 0:
				e |= avail.Loaded | avail.Impression | avail.CreativeView | avail.Start
			case 2:
				e |= avail.Midpoint
			case 5:
				e |= avail.Complete
			}
			w.fire("s", e)
			w.until("sent", time.Minute, func() bool { return w.backlog() == 0 })
		}
		var got []string
		for _, u := range w.called() {
			name, event, _ := strings.Cut(strings.TrimPrefix(u, "http://a.example/"), "/")
			if got = append(got, name); name != event {
				t.Errorf("%s is expanded for %s", name, event)
			}
		}
		want := []string{"loaded", "impression", "creativeView", "start", "progress@00:00:02", "midpoint", "progress@50%25", "complete"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("called %v", got)
		}
	})
}

// TestFlakyHost: a host of which one call in three fails has nearly all of thousands of
// beacons within minutes. It was left alone for a second with each failure, so that an hour was not enough.
func TestFlakyHost(t *testing.T) {
	var calls atomic.Int64
	flaky := faultrt.OnHost("flaky.example", func(*http.Request) faultrt.Fault {
		if calls.Add(1)%3 == 0 {
			return faultrt.Status(http.StatusServiceUnavailable)
		}
		return nil
	})
	bubble(t, faulty(flaky), func(t *testing.T, w *world) {
		w.perHost()
		w.fireAll("flaky", 2000)
		w.run()
		time.Sleep(15 * time.Minute)
		if n := w.backlog(); n > 20 { // each is tried half a dozen times by then
			t.Errorf("%d of 2000 beacons are not delivered", n)
		}
	})
}

// settlements is an outbox that counts what is settled.
type settlements struct {
	store.Outbox
	n atomic.Int64
}

// Settle implements store.Outbox.
func (s *settlements) Settle(ctx context.Context, x store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	s.n.Add(1)
	return s.Outbox.Settle(ctx, x, sent, tried, due, adds...)
}

// TestDeadHostIsCheap: what waits for a dead host is looked at more seldom the older it is,
// and is given up after an hour.
func TestDeadHostIsCheap(t *testing.T) {
	bubble(t, faulty(faultrt.OnHost("dead.example", faultrt.Always(faultrt.Hang))), func(t *testing.T, w *world) {
		w.ad = func(string) (*avail.Ad, error) {
			return &avail.Ad{Tracking: map[string][]string{"impression": {"http://dead.example/"}}}, nil
		}
		counted := &settlements{}
		w.outbox = func(o store.Outbox) store.Outbox { counted.Outbox = o; return counted }
		w.end()
		w.start()
		for i := range 100 {
			w.fire(fmt.Sprint(i), avail.Impression)
		}
		w.run()
		time.Sleep(time.Hour + time.Minute)
		if n := w.backlog(); n != 0 {
			t.Errorf("%d are still waiting", n)
		}
		if n := counted.n.Load(); n > 30*100 {
			t.Errorf("the outbox was written %d times for 100 beacons", n)
		}
	})
}

// TestDeadHost: a thousand triggers to a host that hangs keep nobody else's
// waiting.
func TestDeadHost(t *testing.T) {
	bubble(t, faulty(faultrt.OnHost("dead.example", faultrt.Always(faultrt.Hang))), func(t *testing.T, w *world) {
		w.ad = func(s string) (*avail.Ad, error) {
			host, n, _ := strings.Cut(s, "-")
			return &avail.Ad{Tracking: map[string][]string{"impression": {"http://" + host + ".example/" + n}}}, nil
		}
		w.workers = 64
		w.end()
		w.start()
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() { w.fire(fmt.Sprint("dead-", i), avail.Impression) })
		}
		wg.Wait()
		w.run()
		time.Sleep(500 * time.Millisecond)
		for i := range 50 {
			w.fire(fmt.Sprint("well-", i), avail.Impression)
		}
		begun := time.Now()
		w.until("the well host's", 10*time.Second, func() bool { return len(w.called()) == 50 })
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("they waited for %s", took)
		}
		// The last ones are settled after they were called.
		w.until("the dead host's alone are unsent", time.Minute, func() bool { return w.backlog() == 1000 })
	})
}

// TestHeaders pins B-55: a beacon carries what the ad request carried.
func TestHeaders(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		w.run()
		w.fire("s", avail.Impression)
		w.until("sent", time.Minute, func() bool { return len(w.called()) == 1 })
		_, s, _ := w.Ad(t.Context(), "s", avail.Key{}, 0)
		want := s.ViewerHeaders()
		for _, k := range []string{"User-Agent", "X-Device-User-Agent", "X-Device-Ip", "X-Forwarded-For", "X-Device-Referer", "X-Device-Accept-Language", "X-Device-Make"} {
			if want.Get(k) == "" {
				t.Errorf("%s is not sent", k)
			}
		}
		if got := want.Get("User-Agent"); got != "TV/2" {
			t.Errorf("User-Agent %q, want the configuration's", got)
		}
		want.Set("Accept-Encoding", "gzip")
		if !reflect.DeepEqual(w.header, want) {
			t.Errorf("sent %v, want %v", w.header, want)
		}
	})
}

// TestFinal: the status counts; a pixel that is cut short is a view all the
// same. A URL that cannot be asked is not asked for an hour.
func TestFinal(t *testing.T) {
	broken := func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(io.MultiReader(strings.NewReader("GIF"), failing{}))}, nil
	}
	for url, outcome := range map[string]string{"http://broken.example/": "delivered", "about:blank": "rejected", "http://u:p@h/": "rejected", "::": "rejected"} {
		t.Run(url, func(t *testing.T) {
			bubble(t, faulty(faultrt.OnHost("broken.example", faultrt.Always(broken))), func(t *testing.T, w *world) {
				w.ad = func(string) (*avail.Ad, error) {
					return &avail.Ad{Tracking: map[string][]string{"impression": {url}}}, nil
				}
				w.run()
				w.fire("s", avail.Impression)
				w.until("settled", time.Minute, func() bool { return w.backlog() == 0 })
				if n := w.beacons("impression", outcome); n != 1 {
					t.Errorf("%s is counted %v times", outcome, n)
				}
			})
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestGone: a trigger without a session is given up in the end.
func TestGone(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		w.ad = func(s string) (*avail.Ad, error) {
			if s == "slate" {
				return nil, nil
			}
			return nil, errGone
		}
		w.run()
		w.fire("slate", avail.Impression)
		w.fire("gone", avail.Impression)
		w.until("slate settled", time.Minute, func() bool { return w.backlog() == 1 })
		w.until("gone settled", 70*time.Minute, func() bool { return w.backlog() == 0 })
		if n := w.beacons("impression", "gave_up"); n != 1 {
			t.Errorf("gave_up is counted %v times", n)
		}
	})
}

// TestStoreAway: beacons whose session cannot be read, because the store is away, are sent as
// soon as it is back.
func TestStoreAway(t *testing.T) {
	bubble(t, plain, func(t *testing.T, w *world) {
		begun := time.Now()
		w.ad = func(string) (*avail.Ad, error) {
			if time.Since(begun) < 10*time.Second {
				return nil, fmt.Errorf("read session: %w", store.ErrUnavailable)
			}
			return &avail.Ad{Tracking: map[string][]string{"impression": {"http://host.example/i"}}}, nil
		}
		w.run()
		w.fire("s", avail.Impression)
		w.until("sent", 15*time.Second, func() bool { return w.backlog() == 0 })
		if n := len(w.called()); n != 1 {
			t.Errorf("%d beacons are sent", n)
		}
	})
}

// TestFlush: at the end, what is due is sent, what was being sent when the end
// came too, and a host that hangs does not hold the process up.
func TestFlush(t *testing.T) {
	var slow atomic.Bool
	slow.Store(true)
	bubble(t, faulty(faultrt.While(&slow, faultrt.Always(faultrt.Hang)), faultrt.OnHost("dead.example", faultrt.Always(faultrt.Hang))), func(t *testing.T, w *world) {
		w.run()
		for i := range 10 {
			w.fire(fmt.Sprint("s", i), avail.Impression)
		}
		w.fire("dead", avail.Impression)
		time.Sleep(time.Second) // all are under way
		w.stop()
		<-w.ended
		w.stop = nil
		slow.Store(false)
		w.fire("late", avail.Impression)
		w.tracker.Report(t.Context(), avail.AdError{URLs: []string{"http://errors.example/"}, Code: 303}, &playback.Session{})
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		begun := time.Now()
		w.tracker.Flush(ctx)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("flushing took %s", took)
		}
		if n := len(w.count()); n != 12 || n != len(w.called()) {
			t.Errorf("called %v", w.called())
		}
		if n := w.backlog(); n != 1 {
			t.Errorf("%d are unsent, want the dead host's", n)
		}
	})
}

// TestReport: error beacons are told once, never wait and never pile up.
func TestReport(t *testing.T) {
	bubble(t, faulty(faultrt.OnHost("dead.example", faultrt.Always(faultrt.Hang))), func(t *testing.T, w *world) {
		s := &playback.Session{}
		for range 3000 {
			w.tracker.Report(t.Context(), avail.AdError{URLs: []string{"http://well.example/?", "http://dead.example/?"}, Code: 407}, s)
		}
		if n := w.beacons("error", "dropped"); n != 2*(3000-1024) {
			t.Errorf("%v are dropped", n)
		}
		w.run()
		w.until("the well host's", time.Minute, func() bool { return len(w.called()) == 1024 })
		if got := w.count(); got["http://well.example/?407"] != 1024 {
			t.Errorf("called %v", got)
		}
	})
}

// TestRetryAfter: a host that asks for time, in seconds or until a date, is left alone
// for it, by other beacons too; one that asks for more than an hour gets none of them.
func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		after string
		wait  time.Duration
	}{
		"seconds":   {"600", 10 * time.Minute},
		"a date":    {"Sat, 01 Jan 2000 00:20:00 GMT", 20 * time.Minute},
		"the past":  {"Sat, 01 Jan 2000 00:00:00 GMT", 0},
		"nonsense":  {"soon", 0},
		"too long":  {"86400", time.Hour},
		"no number": {"-5", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var tries []time.Time
			asks := func(*http.Request) faultrt.Fault {
				tries = append(tries, time.Now())
				if len(tries) > 1 {
					return nil
				}
				return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
					a, err := faultrt.Status(503)(r, next)
					if err == nil {
						a.Header.Set("Retry-After", c.after)
					}
					return a, err
				}
			}
			bubble(t, faulty(asks), func(t *testing.T, w *world) {
				w.ad = func(string) (*avail.Ad, error) {
					return &avail.Ad{Tracking: map[string][]string{"impression": {"http://a.example/i"}}}, nil
				}
				w.run()
				begun := time.Now()
				w.fire("s", avail.Impression)
				time.Sleep(10 * time.Second)
				w.fire("other", avail.Impression)
				w.until("settled", 2*time.Hour, func() bool { return w.backlog() == 0 })
				if c.wait == time.Hour {
					if n := w.beacons("impression", "gave_up"); n != 2 || len(tries) != 1 {
						t.Errorf("%v were given up, calls at %v", n, tries)
					}
					return
				}
				if n := w.beacons("impression", "delivered"); n != 2 || len(tries) != 3 {
					t.Fatalf("%v were delivered, calls at %v", n, tries)
				}
				if early := tries[1].Sub(begun); early < c.wait {
					t.Errorf("the host was called after %v, it asked for %v", early, c.wait)
				}
			})
		})
	}
}

// TestJournal: each attempt is one line, with what its host answered and when the next
// one is due; one that is given up says so.
func TestJournal(t *testing.T) {
	answers := []faultrt.Fault{faultrt.Status(503), faultrt.Fail, nil}
	calls := 0
	rule := func(r *http.Request) faultrt.Fault {
		if r.URL.Host != "a.example" {
			return nil
		}
		calls++
		return answers[calls-1]
	}
	bubble(t, faulty(rule), func(t *testing.T, w *world) {
		w.ad = func(string) (*avail.Ad, error) {
			return &avail.Ad{Tracking: map[string][]string{"impression": {"http://a.example/[EVENT]", "about:blank"}}}, nil
		}
		w.run()
		begun := time.Now()
		w.fire("s", avail.Impression)
		w.until("settled", 2*time.Hour, func() bool { return w.backlog() == 0 })
		w.mu.Lock()
		defer w.mu.Unlock()
		var got []string
		for _, c := range w.lines {
			if c.At.Before(begun) || c.Next.IsZero() == (c.Outcome == "retried") || c.Next.Before(c.At) != c.Next.IsZero() || (c.Status == 0) != (c.Err != "") {
				t.Errorf("%+v", c)
			}
			got = append(got, fmt.Sprint(c.Event, " ", c.URL, " ", c.Attempt, " ", c.Status, " ", c.Outcome))
		}
		slices.Sort(got)
		want := []string{
			"impression about:blank 1 0 rejected", "impression http://a.example/impression 1 503 retried",
			"impression http://a.example/impression 2 0 retried", "impression http://a.example/impression 3 204 delivered",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q", got)
		}
	})
}
