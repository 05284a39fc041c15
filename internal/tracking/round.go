package tracking

import (
	"context"
	"math/rand/v2"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

const (
	// firstDelay doubles up to lastDelay between calls of one URL.
	firstDelay = 2 * time.Second
	lastDelay  = 5 * time.Minute
)

// round is one attempt at a trigger: the URLs of its unsent events, in order. A
// host that fails is left alone for the rest of the round, and an event whose
// predecessor still waits there waits too, so that each host sees an ad's events
// in order.
type round struct {
	t       *Tracker
	x       avail.Trigger
	ad      *avail.Ad
	session *playback.Session
	known   map[attemptKey]Attempt
	// waiting are the hosts that are not to be called any more in this round.
	waiting map[string]bool
	// tried is what was called, due when the trigger is to be looked at again.
	tried []Attempt
	due   int64
}

// attemptKey is the identity of a URL within its trigger.
type attemptKey struct {
	event avail.Events
	url   string
}

func newRound(t *Tracker, x avail.Trigger, ad *avail.Ad, session *playback.Session, known []Attempt) *round {
	r := &round{t: t, x: x, ad: ad, session: session, known: map[attemptKey]Attempt{}, waiting: map[string]bool{}}
	for _, a := range known {
		r.known[attemptKey{a.Event, a.URL}] = a
	}
	return r
}

// run calls what is due; it returns the events of which no URL is left to call.
func (r *round) run(ctx context.Context) avail.Events {
	if r.ad == nil { // slate: there is nobody to tell
		return r.x.Events
	}
	var sent avail.Events
	for bit := avail.BreakStart; bit <= avail.BreakEnd; bit <<= 1 {
		if r.x.Events&bit != 0 && r.event(ctx, bit) {
			sent |= bit
		}
	}
	return sent
}

// event calls all URLs of one event; it answers whether none is left to call.
func (r *round) event(ctx context.Context, e avail.Events) bool {
	name := e.Names()[0]
	all := true
	seen := map[string]bool{} // a chain may name a URL twice (field failure B-53)
	for _, u := range r.ad.Tracking[name] {
		if seen[u] {
			continue
		}
		seen[u] = true
		if !r.call(ctx, e, name, u) {
			all = false
		}
	}
	return all
}

// call calls one URL if it is due; it answers whether it need not be called
// again.
func (r *round) call(ctx context.Context, e avail.Events, name, u string) bool {
	t, host := r.t, hostOf(u)
	a, ok := r.known[attemptKey{e, u}]
	if !ok {
		a = Attempt{Event: e, URL: u}
	}
	now := t.opt.Now()
	switch {
	case a.Done:
		return true
	case ctx.Err() != nil: // we are stopping, or have worked on this for long
		r.wait(host, now)
		return false
	case r.waiting[host]:
		return false
	case a.Due > now.UnixMicro():
		r.wait(host, time.UnixMicro(a.Due))
		return false
	}
	leave, again := t.hosts.enter(ctx, host, true)
	if leave == nil {
		if t.stale(r.x) {
			return r.done(a, name, gaveUp)
		}
		r.wait(host, again)
		return false
	}
	outcome := t.request(ctx, t.opt.Macros.Tracking(u, name, r.ad, r.session, r.x.At), r.session)
	now = t.opt.Now()
	if outcome == retried && ctx.Err() != nil {
		leave(true) // it was not the host's fault
		r.wait(host, now)
		return false
	}
	leave(outcome != retried)
	a.Count++
	if outcome == retried && t.stale(r.x) {
		outcome = gaveUp
	}
	if outcome == delivered {
		t.opt.Metrics.delay.Observe(float64(now.UnixMicro()-r.x.At) / 1e6)
	}
	if outcome != retried {
		return r.done(a, name, outcome)
	}
	t.opt.Metrics.beacons.WithLabelValues(name, string(outcome)).Inc()
	due := now.Add(backoff(a.Count))
	a.Due = due.UnixMicro()
	r.tried = append(r.tried, a)
	r.wait(host, due)
	return false
}

// done ends a URL's story.
func (r *round) done(a Attempt, name string, o outcome) bool {
	r.t.opt.Metrics.beacons.WithLabelValues(name, string(o)).Inc()
	a.Done = true
	r.tried = append(r.tried, a)
	return true
}

// wait leaves a host alone for the rest of the round and has the trigger looked
// at again at due.
func (r *round) wait(host string, due time.Time) {
	r.waiting[host] = true
	if d := due.UnixMicro(); r.due == 0 || d < r.due {
		r.due = d
	}
}

// backoff doubles, with jitter so that a host that comes back is not hit by all
// at once.
func backoff(count int) time.Duration {
	d := min(firstDelay<<min(count-1, 10), lastDelay)
	return d/2 + rand.N(d)
}
