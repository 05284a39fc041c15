package tracking

import (
	"context"
	"math/rand/v2"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/report"
	"stitcher/internal/store"
)

const (
	// firstDelay doubles up to lastDelay between calls of one URL (at least
	// 30 s: MediaTailor's, reference §6.1).
	firstDelay = 30 * time.Second
	lastDelay  = 5 * time.Minute
)

// lane is what a round calls of one host, in the order of the events: where one
// has to wait, so have those behind it.
type lane struct {
	*round
	host string
	left []call
}

// call is an attempt to be made for an event, named as in avail.Ad.Tracking.
type call struct {
	store.Attempt
	name string
}

// run calls one after the other.
func (l *lane) run(ctx context.Context) {
	for i, c := range l.left {
		if due := l.call(ctx, c); !due.IsZero() {
			l.leave(l.left[i:], due)
			return
		}
	}
}

// call calls a URL if it is due. Where it has to be called again it answers when.
func (l *lane) call(ctx context.Context, c call) time.Time {
	t, a, name := l.t, c.Attempt, c.Event.Name()
	now := t.opt.Now()
	switch {
	case ctx.Err() != nil: // we are stopping, or have worked on this for long
		return now
	case a.Due > now.UnixMicro():
		return time.UnixMicro(a.Due)
	}
	leave, again := t.hosts.enter(ctx, l.host, true)
	if leave == nil {
		if ctx.Err() == nil && t.stale(l.x) {
			l.log(Call{At: now, Event: name, URL: a.URL, Attempt: a.Count, Outcome: string(gaveUp), Err: "the host was left alone until the beacon was too old"})
			return l.done(a, name, gaveUp, false)
		}
		return l.later(now, again)
	}
	target := t.opt.Macros.Tracking(a.URL, c.name, l.ad, l.session, l.x.At)
	r := t.request(ctx, target, l.session)
	line := Call{At: now, Event: name, URL: target, Attempt: a.Count + 1, Status: r.status}
	if t.opt.Teller != nil {
		t.opt.Teller.Called(l.session, l.x.Avail, name, target, r.failure())
	}
	now = t.opt.Now()
	if r.outcome == retried && ctx.Err() != nil {
		leave(untold)
		return now
	}
	leave(r.verdict())
	if r.after > 0 {
		t.hosts.rest(l.host, r.after)
	}
	a.Count++
	if line.Took = now.Sub(line.At); r.err != nil {
		line.Err = r.err.Error()
	}
	switch {
	case r.outcome == retried && t.stale(l.x):
		r.outcome = gaveUp
	case r.outcome == retried:
		due := l.next(now, a.Count, r.after)
		a.Due = due.UnixMicro()
		a.Adds = l.adds(report.Beacon{Fired: true, Retried: true}, now)
		l.note(a)
		line.Outcome, line.Next = string(retried), due
		l.log(line)
		t.opt.Metrics.beacons.WithLabelValues(name, string(retried)).Inc()
		return due
	case r.outcome == delivered:
		t.opt.Metrics.delay.Observe(float64(now.UnixMicro()-l.x.At) / 1e6)
	}
	line.Outcome = string(r.outcome)
	l.log(line)
	return l.done(a, name, r.outcome, true)
}

// adds is what a beacon of the lane's host adds to reports.
func (l *lane) adds(b report.Beacon, at time.Time) []avail.Add {
	b.Host = l.host
	return b.Adds(l.session, l.ad, at)
}

// done ends a URL's story; fired is whether it was called now.
func (l *lane) done(a store.Attempt, name string, o outcome, fired bool) time.Time {
	ok := o == delivered
	a.Adds = l.adds(report.Beacon{Fired: fired, Delivered: ok, Recovered: ok && a.Count > 1, GaveUp: !ok}, l.t.opt.Now())
	if ok {
		l.arrived(a.Event)
	}
	l.t.opt.Metrics.beacons.WithLabelValues(name, string(o)).Inc()
	a.Done, a.Failed = true, !ok
	l.note(a)
	return time.Time{}
}

// later is when a beacon is looked at again whose host has no turn for it until again. One
// whose host fails comes back more seldom the older it is, because each look costs the
// outbox a write and there may be very many of them.
func (l *lane) later(now, again time.Time) time.Time {
	at := time.UnixMicro(l.x.At)
	if l.t.hosts.failing(l.host) {
		if old := min(now.Sub(at)/ageing, lastDelay); again.Before(now.Add(old)) {
			again = now.Add(old + rand.N(old/2+1))
		}
	}
	if end := at.Add(giveUp); now.Before(end) && end.Before(again) {
		return end // to be given up if the host is still left alone
	}
	return again
}

// ageing is which part of its age a beacon waits whose host fails.
const ageing = 4

// next is when a URL is called again that was called so often, and not before the time
// that its host asks for: the last time when its hour is over.
func (l *lane) next(now time.Time, count int, after time.Duration) time.Time {
	due, end := now.Add(max(backoff(count), after)), time.UnixMicro(l.x.At).Add(giveUp)
	if due.Before(end.Add(-firstDelay - timeout)) {
		return due
	}
	if due = now.Add(firstDelay); due.Before(end) {
		return end
	}
	return due
}

// backoff doubles, with jitter so that a host that comes back is not hit by all
// at once.
func backoff(count int) time.Duration {
	d := min(firstDelay<<min(count-1, 10), lastDelay)
	return d + rand.N(d/2)
}
