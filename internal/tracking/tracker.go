package tracking

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// Options are what a Tracker works with.
type Options struct {
	Outbox  Outbox
	Source  Source
	Fetcher Fetcher
	Macros  Macros
	Metrics *Metrics
	Log     *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Workers is how many triggers are sent at once; 0 is 64.
	Workers int
}

// Tracker takes triggers and sends their beacons.
type Tracker struct {
	opt    Options
	wake   chan struct{}
	errors chan errorBeacon
}

type errorBeacon struct {
	urls    []string
	code    int
	session *playback.Session
}

const (
	// keep is how long a trigger's row is kept, so that repeats fire nothing:
	// longer than a player can hold on to a segment's URL.
	keep = 24 * time.Hour
	// lease is how long a claimed trigger is left to its sender.
	lease = time.Minute
	// timeout bounds one call (MediaTailor's, reference §6.1).
	timeout = 3 * time.Second
	// giveUp is how long after the event a beacon is still worth sending.
	giveUp = time.Hour
	// firstDelay doubles up to lastDelay between calls of one URL.
	firstDelay = 2 * time.Second
	lastDelay  = 5 * time.Minute
	// look is how often the outbox is looked at unasked.
	look = time.Second
	// maxBody is what is read of an answer that nobody looks at.
	maxBody = 64 << 10
)

// New makes a tracker; Run sends.
func New(opt Options) *Tracker {
	if opt.Workers == 0 {
		opt.Workers = 64
	}
	return &Tracker{opt: opt, wake: make(chan struct{}, 1), errors: make(chan errorBeacon, 1024)}
}

// Fire makes a trigger durable.
func (t *Tracker) Fire(ctx context.Context, x avail.Trigger) error {
	added, err := t.opt.Outbox.Widen(ctx, x, keep)
	if err != nil {
		return err
	}
	if added != 0 {
		t.opt.Metrics.triggered(added)
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// Report calls Error URLs with a VAST error code, once, as well as can be. It
// never waits: when too many are queued it drops them.
func (t *Tracker) Report(_ context.Context, urls []string, code int, session *playback.Session) {
	select {
	case t.errors <- errorBeacon{urls, code, session}:
	default:
		t.opt.Metrics.beacons.WithLabelValues("error", "dropped").Add(float64(len(urls)))
	}
}

// Run sends until ctx ends. What is unsent then stays in the outbox.
func (t *Tracker) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		t.runErrors(ctx)
	}()
	slots := make(chan struct{}, t.opt.Workers)
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for ctx.Err() == nil {
		n := t.round(ctx, slots, &wg)
		if n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-t.wake:
		case <-ticker.C:
			t.backlog(ctx)
		}
	}
	wg.Wait()
}

// Flush sends what is due until nothing is, or ctx ends.
func (t *Tracker) Flush(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, t.opt.Workers)
	for ctx.Err() == nil && t.round(ctx, slots, &wg) > 0 {
		wg.Wait()
	}
	wg.Wait()
}

// round claims what is due, as much as there are free slots, and has it sent.
func (t *Tracker) round(ctx context.Context, slots chan struct{}, wg *sync.WaitGroup) int {
	select {
	case slots <- struct{}{}:
		<-slots
	case <-ctx.Done():
		return 0
	}
	free := max(1, cap(slots)-len(slots))
	list, err := t.opt.Outbox.Pending(ctx, free, lease)
	if err != nil {
		if ctx.Err() == nil {
			t.opt.Log.Error("read outbox", "err", err)
		}
		return 0
	}
	for _, x := range list {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return 0 // the lease ends by itself
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			t.send(ctx, x)
		}()
	}
	return len(list)
}

func (t *Tracker) backlog(ctx context.Context) {
	n, oldest, err := t.opt.Outbox.Backlog(ctx)
	if err != nil {
		return
	}
	t.opt.Metrics.depth.Set(float64(n))
	age := 0.0
	if oldest > 0 {
		age = float64(t.opt.Now().UnixMicro()-oldest) / 1e6
	}
	t.opt.Metrics.age.Set(age)
}

// send calls the URLs of a trigger's unsent events, in order. A host that fails
// is left alone for the rest of the round, so that its events keep their order.
func (t *Tracker) send(ctx context.Context, x avail.Trigger) {
	ad, session, err := t.opt.Source.Ad(ctx, x.Session, x.Avail, x.Ad)
	if err != nil {
		if t.opt.Now().UnixMicro()-x.At > giveUp.Microseconds() {
			t.settle(ctx, x, x.Events, nil, 0)
			return
		}
		t.opt.Log.Error("a trigger cannot be expanded", "session", x.Session, "avail", x.Avail.String(), "err", err)
		t.settle(ctx, x, 0, nil, t.opt.Now().Add(lastDelay).UnixMicro())
		return
	}
	r := round{t: t, x: x, ad: ad, session: session, failed: map[string]bool{}}
	if err := r.recall(ctx); err != nil {
		t.opt.Log.Error("read outbox", "err", err)
		return
	}
	var sent avail.Events
	for bit := avail.BreakStart; bit <= avail.BreakEnd; bit <<= 1 {
		if x.Events&bit != 0 && r.event(ctx, bit) {
			sent |= bit
		}
	}
	t.settle(ctx, x, sent, r.tried, r.due)
}

// settle records a round even where the sender is about to stop: what was
// delivered must not be sent again.
func (t *Tracker) settle(ctx context.Context, x avail.Trigger, sent avail.Events, tried []Attempt, due int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := t.opt.Outbox.Settle(ctx, x, sent, tried, due); err != nil {
		t.opt.Log.Error("settle a trigger", "session", x.Session, "avail", x.Avail.String(), "err", err)
	}
}

// round is one attempt at a trigger.
type round struct {
	t       *Tracker
	x       avail.Trigger
	ad      *avail.Ad
	session *playback.Session
	known   map[string]*Attempt
	tried   []Attempt
	failed  map[string]bool
	due     int64
}

func attemptKey(e avail.Events, u string) string { return string(rune(e)) + u }

func (r *round) recall(ctx context.Context) error {
	list, err := r.t.opt.Outbox.Attempts(ctx, r.x)
	if err != nil {
		return err
	}
	r.known = map[string]*Attempt{}
	for i := range list {
		r.known[attemptKey(list[i].Event, list[i].URL)] = &list[i]
	}
	return nil
}

// event calls all URLs of one event; it answers whether none is left to call.
func (r *round) event(ctx context.Context, e avail.Events) bool {
	if r.ad == nil {
		return true
	}
	name := e.Names()[0]
	all := true
	done := map[string]bool{}
	for _, u := range r.ad.Tracking[name] {
		if done[u] {
			continue
		}
		done[u] = true
		if !r.call(ctx, e, name, u) {
			all = false
		}
	}
	return all
}

// call calls one URL if it is due; it answers whether it need not be called
// again.
func (r *round) call(ctx context.Context, e avail.Events, name, u string) bool {
	now := r.t.opt.Now()
	a := Attempt{Event: e, URL: u}
	if k := r.known[attemptKey(e, u)]; k != nil {
		a = *k
	}
	host := hostOf(u)
	if a.Done {
		return true
	}
	if a.Due > now.UnixMicro() || r.failed[host] || ctx.Err() != nil {
		r.failed[host] = true
		r.wait(max(a.Due, now.Add(firstDelay).UnixMicro()))
		return false
	}
	target := r.t.opt.Macros.Tracking(u, name, r.ad, r.session, r.x.At)
	outcome := r.t.request(ctx, target, r.session)
	if outcome == retried && ctx.Err() != nil {
		r.wait(now.UnixMicro())
		return false // we are stopping; it was not the host's fault
	}
	a.Count++
	if outcome == retried && now.UnixMicro()-r.x.At >= giveUp.Microseconds() {
		outcome = gaveUp
	}
	r.t.opt.Metrics.beacons.WithLabelValues(name, string(outcome)).Inc()
	if outcome == delivered {
		r.t.opt.Metrics.delay.Observe(float64(r.t.opt.Now().UnixMicro()-r.x.At) / 1e6)
	}
	a.Done = outcome != retried
	if !a.Done {
		a.Due = now.Add(backoff(a.Count)).UnixMicro()
		r.failed[host] = true
		r.wait(a.Due)
	}
	r.tried = append(r.tried, a)
	return a.Done
}

// wait has the trigger looked at again at a time.
func (r *round) wait(due int64) {
	if r.due == 0 || due < r.due {
		r.due = due
	}
}

// backoff doubles, with jitter so that a host that comes back is not hit by all
// at once.
func backoff(count int) time.Duration {
	d := min(firstDelay<<min(count-1, 10), lastDelay)
	return d/2 + rand.N(d)
}

// outcome is what came of a call; it is a metric label.
type outcome string

const (
	delivered outcome = "delivered"
	rejected  outcome = "rejected"
	retried   outcome = "retried"
	gaveUp    outcome = "gave_up"
)

// request calls a URL as the viewer's device would (VAST 4.3 §1.1.3).
func (t *Tracker) request(ctx context.Context, target string, s *playback.Session) outcome {
	a, err := t.opt.Fetcher.Do(ctx, egress.Request{
		URL: target, Header: headers(s.Viewer), MaxBytes: maxBody, Timeout: timeout,
	})
	switch {
	case errors.Is(err, egress.ErrTooLarge):
		return delivered // it answered; nobody wants the answer
	case errors.Is(err, egress.ErrBlocked):
		return rejected
	case err != nil:
		if _, bad := url.Parse(target); bad != nil {
			return rejected
		}
		return retried
	case a.Status < 400:
		return delivered
	case a.Status >= 500, a.Status == http.StatusTooManyRequests, a.Status == http.StatusRequestTimeout:
		return retried
	}
	return rejected
}

func headers(v playback.Viewer) http.Header {
	h := http.Header{}
	set := func(k, value string) {
		if value != "" {
			h.Set(k, value)
		}
	}
	set("User-Agent", v.UserAgent)
	set("X-Device-User-Agent", v.UserAgent)
	set("X-Device-IP", v.IP)
	set("X-Forwarded-For", v.ForwardedFor)
	set("X-Device-Accept-Language", v.AcceptLanguage)
	set("X-Device-Referer", v.Referer)
	return h
}

func hostOf(u string) string {
	p, err := url.Parse(u)
	if err != nil {
		return ""
	}
	return p.Host
}

// runErrors calls Error URLs.
func (t *Tracker) runErrors(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-t.errors:
			for _, u := range e.urls {
				o := t.request(ctx, t.opt.Macros.Error(u, e.code, e.session), e.session)
				if o == retried {
					o = gaveUp // an error is told once
				}
				t.opt.Metrics.beacons.WithLabelValues("error", string(o)).Inc()
			}
		}
	}
}
